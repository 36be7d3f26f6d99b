#include "cli/commands.h"

int main(int count, char** arguments) {
  return cli::runProgram({arguments, arguments + count});
}
