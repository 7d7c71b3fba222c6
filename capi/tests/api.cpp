/* vatic.hpp where the vectors do not go: training, records under what came of it, and models made of others. `api-cpp VECTORS`. */
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vatic.hpp>
#include <vector>

static void check(bool fine, const char* what) {
  if (fine) return;
  std::fprintf(stderr, "api.cpp: %s\n", what);
  std::exit(1);
}

int main(int count, char** arguments) {
  check(count == 2, "one argument is needed");
  const std::string vectors = arguments[1];
  std::vector<std::string> samples;
  for (int user = 0; user < 300; user++) samples.push_back("user " + std::to_string(user) + " logged in");
  const vatic::Model model = vatic::Model::train(samples, 100000);
  check(vatic::Model::from_memory(model.to_bytes()).id() == model.id(), "another model came back");
  vatic::Context context;
  const vatic::Buffer batch = context.compress_many(samples, model);
  check(batch.size() < 300 * 5, "a batch is large");
  context.add(model);
  const std::string packed = "user 4711 logged in";
  check(context.decompress(context.compress(packed)) == vatic::Buffer(packed.begin(), packed.end()), "another text came back");
  try {
    vatic::Model::train(std::vector<std::string>());
    check(false, "no samples were enough");
  } catch (const vatic::Error& error) {
    check(error.code() == VATIC_ERROR_INVALID_OPTION, "another error");
  }
  const vatic::Model base = vatic::Model::from_file(vectors + "/transformer/random-23.vatm");
  const std::vector<std::string> one = {"transformer"}, two = {"primer", "transformer"}, gates = {"gates", "transformer"};
  check(base.parts() == one && model.join(base).parts() == two, "other parts were joined");
  samples.resize(20);
  check(base.train_beside(samples).parts() == gates, "other parts were trained");
  std::ifstream file(vectors + "/czip/flat.czm.vat", std::ios::binary);
  const vatic::Buffer czm = vatic::Context().decompress(std::string(std::istreambuf_iterator<char>(file), {}));
  check(vatic::Model::from_czm(czm).parts() == one, "a model of czip has other parts");
  std::puts("api.cpp: passed");
}
