#include "http/ui_routes.h"

#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "http/static_routes.h"
#include "support/catch.h"
#include "support/test_directory.h"

using namespace patchbay;

namespace {

constexpr EmbeddedFile built_in[] = {
    {"app.js", "import './app/where.js';", "br of app", "gz of app"},
    {"app/where.js", "export {};", {}, {}},
    {"index.html",
     "<html data-base=\"{{base}}\"><script src=\"{{assets}}/theme.js\"></script>"
     "<script src=\"{{assets}}/app.js\"></script>",
     "br of the template",
     {}},
    {"page.css", "body {}", {}, {}},
    {"vendor/icons.svg", "<svg/>", {}, {}}};

constexpr const char* browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

// The routes of the UI on their own: no store, nobody signed in.
struct Ui {
  explicit Ui(http::WebFiles all = http::WebFiles(built_in), std::string base = "")
      : files(std::move(all)), site{"https://gate.example" + base, base} {
    fixed.add_to(routes);
    ui.add_to(routes);
    routes.add("GET", "/sign-in", http::Needs::nothing(),
               [](const http::Request&) { return HttpReply::text(200, "sign in"); });
  }

  HttpReply get(const std::string& path, std::vector<Header> headers = {},
                const std::string& method = "GET") const {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.headers = std::move(headers);
    return routes.handle(request);
  }
  HttpReply browse(const std::string& path, const std::string& method = "GET") const {
    return get(path, {{"accept", browser}}, method);
  }

  http::WebFiles files;
  http::Site site;
  http::StaticRoutes fixed{files};
  http::UiRoutes ui{files, site};
  http::Routes routes{[](const HttpRequest&, std::vector<Header>&) { return std::nullopt; }};
};

std::string header_of(const HttpReply& reply, std::string_view name) {
  return std::string(find_header(reply.headers, name).value_or(""));
}

bool is_shell(const HttpReply& reply) {
  return reply.status == 200 && header_of(reply, "Content-Type") == "text/html; charset=utf-8" &&
         reply.body.starts_with("<html");
}

bool is_json(const HttpReply& reply, int status) {
  return reply.status == status && header_of(reply, "Content-Type") == "application/json" &&
         nlohmann::json::accept(reply.body);
}

std::string unzipped(const std::string& bytes) {
  std::string out(4096, '\0');
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

}  // namespace

TEST_CASE("a browser gets the shell at / and wherever a screen could be; programs get JSON", "[http]") {
  const Ui ui;
  for (const char* path :
       {"/", "/connections", "/connections/crm/tools", "/my/access", "/settings/diagnostics",
        "/no/such/screen", "/connect", "/a%20b", "/v1x", "/mcps"}) {
    INFO(path);
    CHECK(is_shell(ui.browse(path)));
    CHECK(is_json(ui.get(path), std::string_view(path) == "/" ? 200 : 404));
    CHECK(is_json(ui.get(path, {{"accept", "application/json, text/event-stream"}}),
                  std::string_view(path) == "/" ? 200 : 404));
  }
  CHECK(nlohmann::json::parse(ui.get("/").body).at("name") == "patchbay");
  CHECK(ui.browse("/sign-in").body == "sign in");
}

TEST_CASE("what is not there is JSON for browsers, too, where programs look", "[http]") {
  const Ui ui;
  for (const char* path : {"/v1", "/static", "/static/none.js", "/static/dev/app.js", "/mcp/x", "/oauth/none",
                           "/metrics", "/.well-known/none", "/healthz/x", "/readyz"}) {
    INFO(path);
    CHECK(is_json(ui.browse(path), 404));
  }
  CHECK(is_json(ui.browse("/v1/none"), 401));
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    CHECK(is_json(ui.browse("/connections", method), 404));
  CHECK(is_json(ui.browse("/", "POST"), 405));
}

TEST_CASE("the shell says where it is and which files are its own", "[http]") {
  const Ui plain;
  const std::string assets = "/static/" + plain.files.version();
  CHECK(plain.browse("/").body == "<html data-base=\"\"><script src=\"" + assets +
                                      "/theme.js\"></script><script src=\"" + assets + "/app.js\"></script>");
  const Ui below(http::WebFiles(built_in), "/tools/\"bay");
  CHECK_THAT(below.browse("/people").body, ContainsSubstring("<html data-base=\"/tools/&quot;bay\">"));
  CHECK_THAT(below.browse("/people").body, ContainsSubstring("\"/tools/&quot;bay" + assets + "/app.js\""));
}

TEST_CASE("the shell's headers close it to everybody else, and its sign-in windows can speak to it",
          "[http]") {
  const Ui ui;
  const auto reply = ui.browse("/");
  CHECK(header_of(reply, "Content-Security-Policy") ==
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'");
  CHECK(header_of(reply, "X-Frame-Options") == "DENY");
  CHECK(header_of(reply, "Referrer-Policy") == "same-origin");
  CHECK_THAT(header_of(reply, "Permissions-Policy"), ContainsSubstring("camera=()"));
  CHECK(header_of(reply, "Cache-Control") == "no-cache");
  CHECK(header_of(reply, "Vary") == "Accept, Accept-Encoding");
  CHECK(header_of(reply, "Cross-Origin-Opener-Policy").empty());
  CHECK(header_of(ui.get("/"), "Vary") == "Accept");
}

TEST_CASE("the shell is sent compressed to those who take that, and not again while it is the same",
          "[http]") {
  const Ui ui;
  const auto plain = ui.browse("/");
  const auto small = ui.get("/", {{"accept", browser}, {"accept-encoding", "gzip, br"}});
  CHECK(header_of(small, "Content-Encoding") == "gzip");
  CHECK(unzipped(small.body) == plain.body);
  CHECK(header_of(small, "ETag") != header_of(plain, "ETag"));
  const auto again = ui.get("/tools", {{"accept", browser}, {"if-none-match", header_of(plain, "ETag")}});
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  CHECK(header_of(again, "ETag") == header_of(plain, "ETag"));
  CHECK(header_of(ui.browse("/", "HEAD"), "ETag") == header_of(plain, "ETag"));
  const Ui elsewhere(http::WebFiles(built_in), "/x");
  CHECK(header_of(elsewhere.browse("/"), "ETag") != header_of(plain, "ETag"));
}

TEST_CASE("a file under the version of now is kept for good, one without is asked for again", "[http]") {
  const Ui ui;
  const std::string here = "/static/" + ui.files.version();
  const auto kept = ui.get(here + "/app.js", {{"accept-encoding", "br"}});
  CHECK(kept.status == 200);
  CHECK(kept.body == "br of app");
  CHECK(header_of(kept, "Cache-Control") == "public, max-age=31536000, immutable");
  CHECK(header_of(kept, "Vary") == "Accept-Encoding");
  CHECK(header_of(kept, "Content-Type") == "text/javascript; charset=utf-8");
  CHECK(ui.get(here + "/app.js", {{"if-none-match", header_of(kept, "ETag")}}).status == 200);
  CHECK(ui.get(here + "/app.js", {{"accept-encoding", "br"}, {"if-none-match", header_of(kept, "ETag")}})
            .status == 304);
  CHECK(ui.get(here + "/app/where.js").body == "export {};");
  CHECK(header_of(ui.get(here + "/vendor/icons.svg"), "Content-Type") == "image/svg+xml");
  CHECK(header_of(ui.get("/static/page.css"), "Cache-Control") == "no-cache");
  for (const std::string path :
       {"/static/old/app.js", "/static/index.html", "/static/app", "/static/app.js/"})
    CHECK(is_json(ui.get(path), 404));
  for (const std::string path : {"", "/", "/none.js", "/index.html", "/../app.js", "/app/"})
    CHECK(is_json(ui.get(here + path), 404));
}

TEST_CASE("the version is another as soon as one file is", "[http]") {
  std::vector<EmbeddedFile> files(std::begin(built_in), std::end(built_in));
  const std::string before = http::WebFiles(files).version();
  CHECK(http::WebFiles(files).version() == before);
  files[1].identity = "export {} ;";
  CHECK(http::WebFiles(files).version() != before);
  files[1] = {"app/whence.js", built_in[1].identity, {}, {}};
  CHECK(http::WebFiles(files).version() != before);
}

TEST_CASE("without a UI browsers get at / what programs get", "[http]") {
  const EmbeddedFile pages[] = {{"page.css", "body {}", {}, {}}};
  const Ui ui{http::WebFiles(pages)};
  CHECK(is_json(ui.browse("/"), 200));
  CHECK(is_json(ui.browse("/connections"), 404));
  CHECK(ui.get("/static/page.css").body == "body {}");
}

TEST_CASE("the files that the binary holds can be found, and the pages' own are among them", "[http]") {
  const http::WebFiles files(embedded_web());
  for (const EmbeddedFile& file : embedded_web()) CHECK(files.find_text(file.path) == file.identity);
  for (const char* path : {"page.css", "callback.js", "welcome.js"}) CHECK(files.find_text(path));
  CHECK_FALSE(files.find_text("schema.sql"));
}

TEST_CASE("while the UI is worked on, its folder is read anew each time and nothing is kept", "[http]") {
  const TestDirectory home;
  const auto folder = home.path() / "static";
  write(folder / "app" / "where.js", "one");
  const Ui ui{http::WebFiles(folder), "/x"};
  CHECK(is_json(ui.browse("/"), 200));
  write(folder / "index.html", "<html data-base=\"{{base}}\" src=\"{{assets}}/app.js\">");
  CHECK(ui.browse("/tools").body == "<html data-base=\"/x\" src=\"/x/static/dev/app.js\">");
  CHECK(header_of(ui.browse("/"), "Cache-Control") == "no-store");
  CHECK(ui.get("/static/dev/app/where.js").body == "one");
  write(folder / "app" / "where.js", "two");
  const auto reply = ui.get("/static/dev/app/where.js");
  CHECK(reply.body == "two");
  CHECK(header_of(reply, "Cache-Control") == "no-store");
  CHECK(header_of(reply, "Content-Type") == "text/javascript; charset=utf-8");
}

TEST_CASE("nothing outside the folder of the UI is served", "[http]") {
  const TestDirectory home;
  const auto folder = home.path() / "static";
  write(home.path() / "secret.js", "secret");
  write(home.path() / "static2" / "secret.js", "secret");
  write(folder / "sub" / "inside.js", "inside");
  std::filesystem::create_symlink(home.path() / "secret.js", folder / "out.js");
  std::filesystem::create_symlink("..", folder / "up");
  std::filesystem::create_symlink("sub/inside.js", folder / "within.js");
  const Ui ui{http::WebFiles(folder)};
  for (const std::string path :
       {"../secret.js", "..%2fsecret.js", "%2e%2e/secret.js", "sub/../../secret.js", "../static2/secret.js",
        "out.js", "up/secret.js", "up", "sub", ".", "%2fetc%2fhostname", "none.js"}) {
    INFO(path);
    CHECK(is_json(ui.get("/static/" + path), 404));
    CHECK(is_json(ui.get("/static/dev/" + path), 404));
  }
  CHECK(ui.get("/static/within.js").body == "inside");
  CHECK_THROWS_AS(http::WebFiles(folder / "none"), Error);
  CHECK_THROWS_AS(http::WebFiles(home.path() / "secret.js"), Error);
}
