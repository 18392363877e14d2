#include "cli/command_tree.h"

#include "base/error.h"
#include "support/catch.h"

using namespace patchbay::cli;

namespace {

Command a_tree() {
  Command root;
  root.name = "patchbay";
  root.help = "One endpoint.";
  root.options.push_back({{"--json"}, "", "Print JSON.", false, false});
  Command list;
  list.name = "list";
  list.help = "Show the server's list.";
  Command server;
  server.name = "server";
  server.help = "Servers.";
  server.options.push_back({{"--data"}, "FOLDER", "Where it's kept.", true, false});
  server.commands.push_back(list);
  root.commands.push_back(server);
  return root;
}

}  // namespace

TEST_CASE("the completion of each shell knows every verb and option", "[cli]") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(a_tree(), shell);
    CAPTURE(shell);
    CHECK_THAT(script, ContainsSubstring("server"));
    CHECK_THAT(script, ContainsSubstring("list"));
    CHECK_THAT(script, ContainsSubstring("json"));
    CHECK_THAT(script, ContainsSubstring("data"));
  }
  CHECK_THAT(completion_script(a_tree(), "bash"), ContainsSubstring("\"server\") words=\"list --data\""));
  CHECK_THAT(completion_script(a_tree(), "fish"), ContainsSubstring("'Show the server'\\''s list.'"));
  CHECK_THROWS_MATCHES(completion_script(a_tree(), "tcsh"), patchbay::Error, HasId("shell"));
}

TEST_CASE("the man page lists verbs below verbs and is safe roff", "[cli]") {
  auto tree = a_tree();
  tree.commands[0].commands[0].help = ".so \\evil";
  const auto page = man_page(tree, "1.2.3");
  CHECK(page.starts_with(".TH PATCHBAY 1 \"\" \"Patchbay 1.2.3\""));
  CHECK_THAT(page, ContainsSubstring(".SS server list\n"));
  CHECK_THAT(page, ContainsSubstring("\\fB\\-\\-data\\fR \\fIFOLDER\\fR\n"));
  CHECK_THAT(page, ContainsSubstring("\n\\&.so \\eevil\n"));
}
