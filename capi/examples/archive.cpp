// Packs files into an archive, lists it, extracts it: archive ARCHIVE FOLDER FILE...
#include <iostream>
#include <vatic.hpp>

int main(int count, char** arguments) {
  if (count < 4) {
    std::cerr << "usage: archive ARCHIVE FOLDER FILE...\n";
    return 2;
  }
  try {
    vatic::Context context;
    context.level(VATIC_PRESET_BALANCED).progress([](std::uint64_t in, std::uint64_t) {
      std::cerr << in << " bytes\r";
      return true;
    });
    context.create_archive(arguments[1], std::vector<std::string>(arguments + 3, arguments + count));
    vatic::Archive archive(context, arguments[1]);
    for (std::size_t i = 0; i < archive.size(); i++) {
      std::cout << archive.get(i, VATIC_ENTRY_SIZE) << ' ' << archive.name(i) << '\n';
    }
    std::cout << archive.extract(arguments[2]) << " extracted\n";
  } catch (const vatic::Error& error) {
    std::cerr << error.name() << ": " << error.what() << '\n';
    return 1;
  }
}
