/*
 * vatic.hpp - vatic.h for C++17: objects that free themselves, failures as exceptions. Header only.
 *
 * Everything is in namespace vatic. Bytes come in as vatic::View, which is made of anything with data() and size(), and go out as
 * std::vector<std::uint8_t>. What vatic.h says of threads holds here too.
 */
#ifndef VATIC_HPP
#define VATIC_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "vatic.h"

namespace vatic {

using Buffer = std::vector<std::uint8_t>;

/* A failure: its number is one of VATIC_ERROR_*. */
class Error : public std::runtime_error {
 public:
  Error(vatic_status code, const char* what)
      : std::runtime_error(what != nullptr && *what != '\0' ? what : vatic_status_text(code)), code_(code) {}
  vatic_status code() const noexcept { return code_; }
  const char* name() const noexcept { return vatic_status_name(code_); }

 private:
  vatic_status code_;
};

/* Bytes that somebody else holds. */
class View {
 public:
  View() = default;
  View(const void* data, std::size_t size) : data_(data), size_(size) {}
  template <class C, class = decltype(std::declval<const C&>().data(), std::declval<const C&>().size())>
  View(const C& container)  // NOLINT: meant to be implicit
      : data_(container.data()), size_(container.size() * sizeof(*container.data())) {
    static_assert(std::is_trivially_copyable<std::remove_pointer_t<decltype(container.data())>>::value, "plain data");
  }
  const void* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  const void* data_ = nullptr;
  std::size_t size_ = 0;
};

namespace detail {

template <class T, void (*Free)(T*)>
struct Freer {
  void operator()(T* object) const noexcept { Free(object); }
};
template <class T, void (*Free)(T*)>
using Owned = std::unique_ptr<T, Freer<T, Free>>;

inline void check(vatic_status status, const char* what = nullptr) {
  if (status != VATIC_OK) throw Error(status, what);
}

inline Buffer take(vatic_bytes* raw) {
  Owned<vatic_bytes, vatic_bytes_free> bytes(raw);
  const auto* data = static_cast<const std::uint8_t*>(vatic_bytes_data(raw));
  return data == nullptr ? Buffer() : Buffer(data, data + vatic_bytes_size(raw));
}

/* Asks for the size first, then for the bytes. */
template <class Call>
Buffer sized(Call call, const std::function<const char*()>& why, std::size_t guess) {
  Buffer out(guess);
  std::size_t written = 0;
  vatic_status status = call(out.data(), out.size(), &written);
  if (status == VATIC_ERROR_DST_TOO_SMALL && written > out.size()) {
    out.resize(written);
    status = call(out.data(), out.size(), &written);
  }
  check(status, why());
  out.resize(written);
  return out;
}

/* Many byte strings as C takes them. */
struct Lists {
  template <class Items>
  explicit Lists(const Items& items) {
    for (const auto& item : items) {
      const View view(item);
      at.push_back(view.data());
      sizes.push_back(view.size());
    }
  }
  std::vector<const void*> at;
  std::vector<std::size_t> sizes;
};

}  // namespace detail

/* What experts know beforehand. May be shared by threads. */
class Model {
 public:
  static Model from_file(const std::string& path) { return Model(path.c_str()); }
  static Model from_memory(View bytes) { return Model(bytes); }
  /* Trained on samples, each a record, a file or a part of one. It holds traces of them. `size` bounds its tables; 0 leaves that to the library. */
  template <class Samples>
  static Model train(const Samples& samples, std::size_t size = 0) {
    const detail::Lists lists(samples);
    vatic_model* model = nullptr;
    detail::check(vatic_model_train(nullptr, lists.at.data(), lists.sizes.data(), lists.at.size(), size, &model));
    return Model(model);
  }
  /* What a `.czm` file of czip holds. */
  static Model from_czm(View bytes) {
    vatic_model* model = nullptr;
    detail::check(vatic_model_from_czm(nullptr, bytes.data(), bytes.size(), &model));
    return Model(model);
  }
  /* This model with what codec neural begins with beside its transformer, trained as by `train`. */
  template <class Samples>
  Model train_beside(const Samples& samples, std::size_t size = 0) const {
    const detail::Lists lists(samples);
    const std::size_t count = lists.at.size();
    vatic_model* model = nullptr;
    detail::check(vatic_model_train_beside(nullptr, get(), lists.at.data(), lists.sizes.data(), count, size, &model));
    return Model(model);
  }
  /* One with the parts of both, and what this one says about itself. */
  Model join(const Model& other) const {
    const vatic_model* const models[] = {get(), other.get()};
    vatic_model* model = nullptr;
    detail::check(vatic_model_join(nullptr, models, 2, &model));
    return Model(model);
  }

  /* The names of its parts. */
  std::vector<std::string> parts() const {
    std::vector<std::string> names;
    char name[256];
    for (std::size_t size = 0;; names.emplace_back(name, size)) {
      const vatic_status status = vatic_model_part(get(), names.size(), name, sizeof name, &size);
      if (status == VATIC_ERROR_NOT_FOUND) return names;
      detail::check(status);
    }
  }
  Buffer id() const {
    Buffer id(32);
    detail::check(vatic_model_id(get(), id.data()));
    return id;
  }
  std::string metadata(const std::string& key) const {
    const auto call = [&](void* dst, std::size_t size, std::size_t* written) {
      return vatic_model_metadata(get(), key.c_str(), dst, size, written);
    };
    const Buffer text = detail::sized(call, [] { return nullptr; }, 256);
    return std::string(text.begin(), text.end());
  }
  Buffer to_bytes() const {
    vatic_bytes* bytes = nullptr;
    detail::check(vatic_model_to_bytes(get(), &bytes));
    return detail::take(bytes);
  }
  const vatic_model* get() const noexcept { return model_.get(); }

 private:
  explicit Model(vatic_model* model) : model_(model) {}
  explicit Model(const char* path) {
    vatic_model* model = nullptr;
    detail::check(vatic_model_from_file(nullptr, path, &model));
    model_.reset(model);
  }
  explicit Model(View bytes) {
    vatic_model* model = nullptr;
    detail::check(vatic_model_from_memory(nullptr, bytes.data(), bytes.size(), &model));
    model_.reset(model);
  }
  detail::Owned<vatic_model, vatic_model_free> model_;
};

/* One key. May be shared by threads. */
class Key {
 public:
  static Key password(const std::string& text) {
    return Key([&](vatic_key** key) { return vatic_key_password(text.data(), text.size(), key); });
  }
  /* 32 bytes. */
  static Key raw(View bytes) {
    if (bytes.size() != 32) throw Error(VATIC_ERROR_INVALID_OPTION, "a raw key has 32 bytes");
    const auto* data = static_cast<const std::uint8_t*>(bytes.data());
    return Key([&](vatic_key** key) { return vatic_key_raw(data, key); });
  }
  static Key recipient(const std::string& text) {
    return Key([&](vatic_key** key) { return vatic_key_recipient(text.c_str(), key); });
  }
  static Key identity(const std::string& text) {
    return Key([&](vatic_key** key) { return vatic_key_identity(text.c_str(), key); });
  }
  static Buffer generate_raw() {
    Buffer key(32);
    detail::check(vatic_key_generate_raw(key.data()));
    return key;
  }
  /* An identity, to be kept, and its recipient, to be given away. */
  static std::pair<std::string, std::string> generate_identity() {
    char identity[128], recipient[128];
    detail::check(vatic_key_generate_identity(identity, sizeof identity, recipient, sizeof recipient));
    return {identity, recipient};
  }
  const vatic_key* get() const noexcept { return key_.get(); }

 private:
  explicit Key(const std::function<vatic_status(vatic_key**)>& make) {
    vatic_key* key = nullptr;
    detail::check(make(&key));
    key_.reset(key);
  }
  detail::Owned<vatic_key, vatic_key_free> key_;
};

/* Settings. Serves one thread at a time; must outlive what is made with it if it has a progress callback. */
class Context {
 public:
  /* Told how many bytes were taken in and given out; false ends the work with VATIC_ERROR_CANCELLED. What it throws comes out of the
   * call that is at work if that call is one of the context's, else as VATIC_ERROR_CANCELLED. */
  using Progress = std::function<bool(std::uint64_t, std::uint64_t)>;

  Context() {
    vatic_ctx* ctx = nullptr;
    detail::check(vatic_ctx_create(VATIC_ABI_VERSION, &ctx));
    ctx_.reset(ctx);
  }

  Context& set(std::int32_t param, std::uint64_t value) {
    check(vatic_ctx_set(get(), param, value));
    return *this;
  }
  std::uint64_t get(std::int32_t param) const {
    std::uint64_t value = 0;
    detail::check(vatic_ctx_get(ctx_.get(), param, &value), vatic_ctx_error(ctx_.get()));
    return value;
  }
  Context& level(std::uint64_t level) { return set(VATIC_PARAM_LEVEL, level); }
  Context& add(const Model& model) {
    check(vatic_ctx_add_model(get(), model.get()));
    return *this;
  }
  Context& add(const Key& key) {
    check(vatic_ctx_add_key(get(), key.get()));
    return *this;
  }
  Context& progress(Progress callback) {
    state_->callback = std::move(callback);
    check(vatic_ctx_set_progress(get(), state_.get(), state_->callback ? &State::call : nullptr));
    return *this;
  }
  void reset() { check(vatic_ctx_reset(get())); }

  Buffer compress(View data) {
    vatic_bytes* bytes = nullptr;
    check(vatic_compress_alloc(get(), data.data(), data.size(), &bytes));
    return detail::take(bytes);
  }
  Buffer decompress(View data) {
    vatic_bytes* bytes = nullptr;
    check(vatic_decompress_alloc(get(), data.data(), data.size(), &bytes));
    return detail::take(bytes);
  }
  /* Records as one batch. */
  template <class Records>
  Buffer compress_many(const Records& records, const Model& model) {
    const detail::Lists lists(records);
    vatic_bytes* bytes = nullptr;
    check(vatic_compress_many(get(), model.get(), lists.at.data(), lists.sizes.data(), lists.at.size(), &bytes));
    return detail::take(bytes);
  }
  void create_archive(const std::string& target, const std::vector<std::string>& inputs) {
    write(vatic_archive_create, target, inputs);
  }
  void append_archive(const std::string& target, const std::vector<std::string>& inputs) {
    write(vatic_archive_append, target, inputs);
  }

  vatic_ctx* get() const noexcept { return ctx_.get(); }

  /* Throws for a status of a call with this context. */
  void check(vatic_status status) const {
    if (status == VATIC_OK) return;
    if (state_->thrown) std::rethrow_exception(std::exchange(state_->thrown, nullptr));
    throw Error(status, vatic_ctx_error(get()));
  }

 private:
  struct State {
    Progress callback;
    std::exception_ptr thrown;
    /* Nothing may be thrown through C. */
    static std::int32_t call(void* user, std::uint64_t input, std::uint64_t output) noexcept {
      auto* state = static_cast<State*>(user);
      try {
        return state->callback(input, output) ? 0 : 1;
      } catch (...) {
        state->thrown = std::current_exception();
        return 1;
      }
    }
  };
  template <class Call>
  void write(Call call, const std::string& target, const std::vector<std::string>& inputs) {
    std::vector<const char*> paths;
    for (const auto& input : inputs) paths.push_back(input.c_str());
    check(call(get(), target.c_str(), paths.data(), paths.size()));
  }

  std::unique_ptr<State> state_ = std::make_unique<State>();
  detail::Owned<vatic_ctx, vatic_ctx_free> ctx_;
};

/* Where a stream's output goes. */
using Sink = std::function<void(View)>;

namespace detail {

template <class T, vatic_status (*Run)(T*, vatic_out_buffer*, vatic_in_buffer*, std::int32_t, std::size_t*),
          const char* (*Why)(const T*)>
void run(T* stream, Buffer& room, View input, std::int32_t op, const Sink& sink) {
  vatic_in_buffer in = {input.data(), input.size(), 0};
  for (;;) {
    vatic_out_buffer out = {room.data(), room.size(), 0};
    std::size_t remaining = 0;
    check(Run(stream, &out, &in, op, &remaining), Why(stream));
    if (out.pos > 0) sink(View(room.data(), out.pos));
    const bool more = op == VATIC_OP_CONTINUE ? in.pos < in.size || out.pos == out.size : remaining > 0;
    if (!more) return;
  }
}

}  // namespace detail

/* Compresses a stream into one frame. */
class Encoder {
 public:
  Encoder(Context& context, Sink sink) : sink_(std::move(sink)), room_(vatic_out_size()) {
    vatic_encoder* encoder = nullptr;
    context.check(vatic_encoder_create(context.get(), &encoder));
    encoder_.reset(encoder);
  }
  void write(View data) { run(data, VATIC_OP_CONTINUE); }
  void flush() { run(View(), VATIC_OP_FLUSH); }
  /* Must be called: a frame without its end is none. */
  void finish() { run(View(), VATIC_OP_END); }
  void reset() { detail::check(vatic_encoder_reset(encoder_.get()), vatic_encoder_error(encoder_.get())); }

 private:
  void run(View data, std::int32_t op) {
    detail::run<vatic_encoder, vatic_encoder_run, vatic_encoder_error>(encoder_.get(), room_, data, op, sink_);
  }
  Sink sink_;
  Buffer room_;
  detail::Owned<vatic_encoder, vatic_encoder_free> encoder_;
};

/* Restores a stream of any number of frames. */
class Decoder {
 public:
  Decoder(Context& context, Sink sink) : sink_(std::move(sink)), room_(vatic_out_size()) {
    vatic_decoder* decoder = nullptr;
    context.check(vatic_decoder_create(context.get(), &decoder));
    decoder_.reset(decoder);
  }
  void write(View data) { run(data, VATIC_OP_CONTINUE); }
  /* Must be called: it tells whether all of the stream was there. */
  void finish() { run(View(), VATIC_OP_END); }
  void reset() { detail::check(vatic_decoder_reset(decoder_.get()), vatic_decoder_error(decoder_.get())); }

 private:
  void run(View data, std::int32_t op) {
    detail::run<vatic_decoder, vatic_decoder_run, vatic_decoder_error>(decoder_.get(), room_, data, op, sink_);
  }
  Sink sink_;
  Buffer room_;
  detail::Owned<vatic_decoder, vatic_decoder_free> decoder_;
};

/* Random access to the output of a file. */
class Reader {
 public:
  Reader(Context& context, const std::string& path) {
    vatic_reader* reader = nullptr;
    context.check(vatic_reader_open(context.get(), path.c_str(), &reader));
    reader_.reset(reader);
  }
  /* The bytes must stay as they are while the reader lives. */
  Reader(Context& context, View bytes) {
    vatic_reader* reader = nullptr;
    context.check(vatic_reader_from_memory(context.get(), bytes.data(), bytes.size(), &reader));
    reader_.reset(reader);
  }
  std::uint64_t length() const {
    std::uint64_t length = 0;
    detail::check(vatic_reader_length(reader_.get(), &length), vatic_reader_error(reader_.get()));
    return length;
  }
  /* Up to `size` bytes at `offset`, fewer at the end. */
  Buffer read_at(std::uint64_t offset, std::size_t size) {
    Buffer out(size);
    std::size_t written = 0;
    detail::check(vatic_reader_read_at(reader_.get(), offset, out.data(), size, &written),
                  vatic_reader_error(reader_.get()));
    out.resize(written);
    return out;
  }

 private:
  detail::Owned<vatic_reader, vatic_reader_free> reader_;
};

/* An archive that is open for reading. */
class Archive {
 public:
  Archive(Context& context, const std::string& path) {
    vatic_archive* archive = nullptr;
    context.check(vatic_archive_open(context.get(), path.c_str(), &archive));
    archive_.reset(archive);
  }
  /* The bytes must stay as they are while the archive lives. */
  Archive(Context& context, View bytes) {
    vatic_archive* archive = nullptr;
    context.check(vatic_archive_from_memory(context.get(), bytes.data(), bytes.size(), &archive));
    archive_.reset(archive);
  }
  std::size_t size() const {
    std::size_t count = 0;
    check(vatic_archive_count(get(), &count));
    return count;
  }
  std::size_t find(const std::string& name) const {
    std::size_t index = 0;
    check(vatic_archive_find(get(), name.data(), name.size(), &index));
    return index;
  }
  /* One of VATIC_ENTRY_*. */
  std::uint64_t get(std::size_t index, std::int32_t field) const {
    std::uint64_t value = 0;
    check(vatic_archive_entry_get(get(), index, field, &value));
    return value;
  }
  std::string name(std::size_t index) const { return text(vatic_archive_entry_name, index); }
  std::string target(std::size_t index) const { return text(vatic_archive_entry_target, index); }
  Buffer read(std::size_t index) {
    const auto call = [&](void* dst, std::size_t size, std::size_t* written) {
      return vatic_archive_read(get(), index, dst, size, written);
    };
    return detail::sized(call, why(), 0);
  }
  /* All that the patterns match; everything without patterns. How many entries. */
  std::uint64_t extract(const std::string& target, const std::vector<std::string>& patterns = {}) {
    std::vector<const char*> texts;
    for (const auto& pattern : patterns) texts.push_back(pattern.c_str());
    std::uint64_t extracted = 0;
    check(vatic_archive_extract(get(), target.c_str(), texts.data(), texts.size(), &extracted));
    return extracted;
  }
  void extract_entry(std::size_t index, const std::string& target) {
    check(vatic_archive_extract_entry(get(), index, target.c_str()));
  }
  void verify() { check(vatic_archive_verify(get())); }
  vatic_archive* get() const noexcept { return archive_.get(); }

 private:
  std::function<const char*()> why() const {
    return [this] { return vatic_archive_error(get()); };
  }
  void check(vatic_status status) const { detail::check(status, vatic_archive_error(get())); }
  template <class Call>
  std::string text(Call ask, std::size_t index) const {
    const auto call = [&](void* dst, std::size_t size, std::size_t* written) {
      return ask(get(), index, dst, size, written);
    };
    const Buffer text = detail::sized(call, why(), 256);
    return std::string(text.begin(), text.end());
  }
  detail::Owned<vatic_archive, vatic_archive_free> archive_;
};

/* Codes records one by one under a model. */
class Records {
 public:
  Records(Context& context, const Model& model) {
    vatic_records* records = nullptr;
    context.check(vatic_records_create(context.get(), model.get(), &records));
    records_.reset(records);
  }
  Buffer compress(View record) { return code(vatic_records_compress, record); }
  Buffer decompress(View packed) { return code(vatic_records_decompress, packed); }

 private:
  template <class Call>
  Buffer code(Call ask, View in) {
    const auto call = [&](void* dst, std::size_t size, std::size_t* written) {
      return ask(records_.get(), dst, size, written, in.data(), in.size());
    };
    return detail::sized(call, [this] { return vatic_records_error(records_.get()); }, 256);
  }
  detail::Owned<vatic_records, vatic_records_free> records_;
};

/* A batch of records. */
class Batch {
 public:
  Batch(Context& context, View packed) {
    vatic_batch* batch = nullptr;
    context.check(vatic_batch_open(context.get(), packed.data(), packed.size(), &batch));
    batch_.reset(batch);
  }
  std::uint64_t size() const {
    std::uint64_t count = 0;
    detail::check(vatic_batch_count(batch_.get(), &count), vatic_batch_error(batch_.get()));
    return count;
  }
  Buffer get(std::uint64_t index) {
    const auto call = [&](void* dst, std::size_t size, std::size_t* written) {
      return vatic_batch_get(batch_.get(), index, dst, size, written);
    };
    return detail::sized(call, [this] { return vatic_batch_error(batch_.get()); }, 256);
  }

 private:
  detail::Owned<vatic_batch, vatic_batch_free> batch_;
};

inline Buffer compress(View data) { return Context().compress(data); }
inline Buffer decompress(View data) { return Context().decompress(data); }

}  // namespace vatic

#endif /* VATIC_HPP */
