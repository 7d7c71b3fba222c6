/*
 * Runs tests/vectors through vatic.hpp: vectors FOLDER [OUT]. With OUT it writes vectors there instead. Else it prints each that fails, then "C++: N passed, M failed".
 */
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <vatic.hpp>

#include "json.h"

namespace fs = std::filesystem;
using vatic::Buffer;

namespace {

Buffer read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return Buffer(std::istreambuf_iterator<char>(file), {});
}

struct Vector {
  fs::path path;
  std::string json;

  std::string text(const char* key) const {
    char out[256];
    return json_text(json.c_str(), key, out, sizeof out) ? out : "";
  }
  std::uint64_t number(const char* key, std::uint64_t otherwise) const {
    std::uint64_t value = 0;
    return json_number(json.c_str(), key, &value) ? value : otherwise;
  }
  Buffer file(const char* key) const { return read_file(path.parent_path() / text(key)); }
  bool is_archive() const { return text("kind") == "archive"; }
};

std::string hex(vatic::View bytes) {
  std::string out;
  const auto* data = static_cast<const unsigned char*>(bytes.data());
  for (std::size_t i = 0; i < bytes.size(); i++) {
    out += "0123456789abcdef"[data[i] >> 4];
    out += "0123456789abcdef"[data[i] & 15];
  }
  return out;
}

Buffer unhex(const std::string& text) {
  Buffer out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) out.push_back(std::stoi(text.substr(i, 2), nullptr, 16));
  return out;
}

void prepare(vatic::Context& context, const Vector& vector) {
  static const std::map<std::string, std::uint64_t> codecs = {
      {"store", VATIC_CODEC_STORE}, {"zstd", VATIC_CODEC_ZSTD},     {"bwt", VATIC_CODEC_BWT}, {"lz", VATIC_CODEC_LZ},
      {"order", VATIC_CODEC_ORDER}, {"sample", VATIC_CODEC_SAMPLE}, {"mix", VATIC_CODEC_MIX},
  };
  context.level(vector.number("level", context.get(VATIC_PARAM_LEVEL)));
  context.set(VATIC_PARAM_GROUP_SIZE, vector.number("group_size", 0));
  context.set(VATIC_PARAM_LIMIT_OUTPUT, vector.number("output", context.get(VATIC_PARAM_LIMIT_OUTPUT)));
  context.set(VATIC_PARAM_LIMIT_MEMORY, vector.number("memory", context.get(VATIC_PARAM_LIMIT_MEMORY)));
  if (!vector.text("codec").empty()) context.set(VATIC_PARAM_CODEC, codecs.at(vector.text("codec")));
  if (!vector.text("raw").empty()) context.add(vatic::Key::raw(unhex(vector.text("raw"))));
  if (const std::string password = vector.text("password"); !password.empty()) {
    if (hex(password) != vector.text("password_utf8")) throw std::runtime_error("the password's bytes changed");
    context.add(vatic::Key::password(password));
  }
  if (!vector.text("identity").empty()) context.add(vatic::Key::identity(vector.text("identity")));
}

/* A line for each entry, as in the other runners. */
std::string dump(vatic::Context& context, const Buffer& packed) {
  static const char* const kinds[] = {"file", "directory",        "symlink",     "hard-link",
                                      "fifo", "character-device", "block-device"};
  vatic::Archive archive(context, packed);
  std::ostringstream out;
  char text[64];
  for (std::size_t i = 0; i < archive.size(); i++) {
    const auto get = [&](std::int32_t field) { return archive.get(i, field); };
    const Buffer content = archive.read(i);
    const auto kind = get(VATIC_ENTRY_KIND);
    std::string last = "-";
    if (kind == VATIC_ENTRY_KIND_SYMLINK || kind == VATIC_ENTRY_KIND_HARD_LINK) {
      last = hex(archive.target(i));
    } else if (kind == VATIC_ENTRY_KIND_CHAR_DEVICE || kind == VATIC_ENTRY_KIND_BLOCK_DEVICE) {
      last = std::to_string(get(VATIC_ENTRY_DEVICE_MAJOR)) + "," + std::to_string(get(VATIC_ENTRY_DEVICE_MINOR));
    } else if (!content.empty()) {
      Buffer hash(32);
      vatic::detail::check(vatic_hash(content.data(), content.size(), hash.data()));
      last = hex(hash);
    }
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(get(VATIC_ENTRY_MODE)));
    out << kinds[kind] << ' ' << text << ' ';
    if (get(VATIC_ENTRY_HAS_MTIME)) {
      std::snprintf(text, sizeof text, ".%09u", static_cast<unsigned>(get(VATIC_ENTRY_MTIME_NANOS)));
      out << static_cast<std::int64_t>(get(VATIC_ENTRY_MTIME_SECONDS)) << text;
    } else {
      out << '-';
    }
    out << ' ' << get(VATIC_ENTRY_SIZE) << ' ' << hex(archive.name(i)) << ' ' << last << '\n';
  }
  return out.str();
}

Buffer through_decoder(vatic::Context& context, const Buffer& packed) {
  Buffer out;
  vatic::Decoder decoder(context, [&](vatic::View bytes) {
    const auto* data = static_cast<const std::uint8_t*>(bytes.data());
    out.insert(out.end(), data, data + bytes.size());
  });
  for (std::size_t at = 0; at < packed.size(); at += 1000) {
    decoder.write(vatic::View(packed.data() + at, std::min<std::size_t>(1000, packed.size() - at)));
  }
  decoder.finish();
  return out;
}

std::string decodes(vatic::Context& context, const Vector& vector) {
  const Buffer plain = vector.file("plain"), packed = vector.file("packed");
  if (vector.is_archive()) {
    const std::string lines = dump(context, packed);
    return Buffer(lines.begin(), lines.end()) == plain ? "" : "other entries";
  }
  if (context.decompress(packed) != plain) return "other content";
  return through_decoder(context, packed) == plain ? "" : "other content as a stream";
}

std::string fails(vatic::Context& context, const Vector& vector) {
  const Buffer packed = vector.file("packed");
  try {
    if (vector.is_archive()) {
      vatic::Archive(context, packed).verify();
    } else {
      context.decompress(packed);
    }
  } catch (const vatic::Error& error) {
    const bool right = static_cast<std::uint64_t>(error.code()) == vector.number("error", 0);
    return right ? "" : std::string(error.name()) + ": " + error.what();
  }
  return "it decoded";
}

std::string encodes(vatic::Context& context, const Vector& vector) {
  return context.compress(vector.file("plain")) == vector.file("packed") ? "" : "other bytes than stored";
}

std::vector<vatic::View> lines(const Buffer& plain) {
  std::vector<vatic::View> out;
  for (std::size_t at = 0; at <= plain.size();) {
    const auto end = std::find(plain.begin() + static_cast<std::ptrdiff_t>(at), plain.end(), '\n');
    const auto size = static_cast<std::size_t>(end - plain.begin()) - at;
    out.emplace_back(plain.data() + at, size);
    at += size + 1;
  }
  return out;
}

std::string records(vatic::Context& context, const Vector& vector) {
  const Buffer plain = vector.file("plain");
  const auto expected = lines(plain);
  vatic::Batch batch(context, vector.file("packed"));
  if (batch.size() != expected.size()) return "another number of records";
  for (std::size_t i = 0; i < expected.size(); i++) {
    const auto* data = static_cast<const std::uint8_t*>(expected[i].data());
    if (batch.get(i) != Buffer(data, data + expected[i].size())) return "another record";
  }
  return "";
}

/* Vectors of what is never the same twice, for the other languages to read. */
void write(const fs::path& folder, const fs::path& out) {
  static const std::string password = "\xe2\x88\x82" "atei-Schl\xc3\xbcssel";
  const Buffer plain = read_file(folder / "encode" / "bwt-text.plain");
  const auto put = [&](const char* kind, const std::string& name, const Buffer& packed, const std::string& more) {
    fs::create_directories(out / kind);
    const auto file = [&](const char* end) { return std::ofstream(out / kind / (name + end), std::ios::binary); };
    const auto bytes = [](std::ofstream file, const Buffer& data) {
      file.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
    };
    bytes(file(".vat"), packed);
    bytes(file(".plain"), plain);
    file(".json") << "{\"name\": \"" << name << "\", \"packed\": \"" << name << ".vat\", \"plain\": \"" << name << ".plain\"" << more << "}\n";
  };
  vatic::Context context;
  context.level(2);
  Buffer streamed;
  vatic::Encoder encoder(context, [&](vatic::View bytes) {
    const auto* data = static_cast<const std::uint8_t*>(bytes.data());
    streamed.insert(streamed.end(), data, data + bytes.size());
  });
  encoder.write(vatic::View(plain.data(), 1000));
  encoder.flush();
  encoder.write(vatic::View(plain.data() + 1000, plain.size() - 1000));
  encoder.finish();
  put("decode", "cpp-stream", streamed, "");
  context.set(VATIC_PARAM_EMBED_MODEL, 1);
  const auto records = lines(plain);
  put("records", "cpp-batch", context.compress_many(records, vatic::Model::train(records)), "");
  context.add(vatic::Key::password(password)).set(VATIC_PARAM_KDF_MEMORY, 1 << 20).set(VATIC_PARAM_KDF_PASSES, 1);
  const std::string keys = ", \"keys\": {\"password\": \"" + password + "\", \"password_utf8\": \"" + hex(password) + "\"}";
  put("decode", "cpp-sealed", context.compress(plain), keys);
}

}  // namespace

int main(int count, char** arguments) {
  using Check = std::string (*)(vatic::Context&, const Vector&);
  const std::pair<const char*, Check> kinds[] = {{"decode", decodes}, {"must-fail", fails}, {"encode", encodes}, {"records", records}};
  int passed = 0, failed = 0;
  if (count == 3) {
    write(arguments[1], arguments[2]);
    return 0;
  }
  if (count != 2) {
    std::cerr << "usage: vectors FOLDER [OUT]\n";
    return 2;
  }
  for (const auto& [name, check] : kinds) {
    if (!fs::exists(fs::path(arguments[1]) / name)) continue;
    for (const auto& file : fs::directory_iterator(fs::path(arguments[1]) / name)) {
      if (file.path().extension() != ".json") continue;
      std::string wrong;
      try {
        const Buffer json = read_file(file.path());
        const Vector vector = {file.path(), std::string(json.begin(), json.end())};
        vatic::Context context;
        prepare(context, vector);
        wrong = check(context, vector);
      } catch (const std::exception& error) {
        wrong = error.what();
      }
      if (wrong.empty()) {
        passed++;
      } else {
        failed++;
        std::cout << name << '/' << file.path().filename().string() << ": " << wrong << '\n';
      }
    }
  }
  std::cout << "C++: " << passed << " passed, " << failed << " failed\n";
  return failed > 0 || passed == 0;
}
