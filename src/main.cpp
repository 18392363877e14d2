#include "cli/verbs.h"

int main(int argc, char** argv) {
  return patchbay::cli::run(argc, argv);
}
