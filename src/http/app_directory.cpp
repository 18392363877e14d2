#include "http/app_directory.h"

#include "base/error.h"
#include "base/text.h"
#include "http/media_type.h"
#include "http/metadata_routes.h"
#include "oauth/app_metadata.h"
#include "store/apps.h"

namespace patchbay::http {

namespace {

constexpr std::size_t most_documents = 500;
constexpr std::chrono::seconds failures_are_kept{60};

Error no_document(std::string_view why) {
  return Error::invalid("app_document", cat("The application's description could not be read: ", why));
}

}  // namespace

std::optional<App> AppDirectory::remembered(const std::string& client_id) {
  const auto now = clock_.now();
  return documents_.with([&](std::map<std::string, Known>& documents) -> std::optional<App> {
    const auto found = documents.find(client_id);
    if (found == documents.end()) return std::nullopt;
    if (found->second.failed_until && now < *found->second.failed_until)
      throw no_document("it was not there a moment ago.");
    if (found->second.failed_until || *found->second.app.fresh_until <= now) return std::nullopt;
    return found->second.app;
  });
}

std::optional<App> AppDirectory::find(const std::string& client_id, const std::string& peer) {
  AppSettings settings;
  std::optional<App> stored;
  store_.read([&](Database& db) {
    settings = store::read_app_settings(db);
    stored = store::find_app(db, client_id);
  });
  if (stored && stored->origin == App::Origin::registered) return stored;
  if (!settings.documents || !MetadataRoutes::offers_documents(site_) || !oauth::is_document_id(client_id))
    return std::nullopt;
  if (stored && stored->fresh_until && clock_.now() < *stored->fresh_until) return stored;
  if (auto known = remembered(client_id)) return known;
  const auto turn = fetching_.take(client_id);
  if (!turn || fetches_.take(peer, clock_.now()) != RateLimit::Verdict::allowed)
    throw Error::limited("too_many_documents",
                         "Too many applications were asked about. Try again in a minute.", 60);
  App app;
  Known known;
  std::optional<Error> failure;
  try {
    app = fetch(client_id, settings, peer);
    known.app = app;
  } catch (const Error& error) {
    known.failed_until = clock_.now() + failures_are_kept;
    failure = error;
  }
  documents_.with([&](std::map<std::string, Known>& documents) {
    if (documents.size() >= most_documents && !documents.contains(client_id))
      documents.erase(documents.begin());
    documents.insert_or_assign(client_id, std::move(known));
  });
  if (failure) throw Error(*failure);
  return app;
}

// What went wrong on the way is not for the page: it could tell of our network.
App AppDirectory::fetch(const std::string& client_id, const AppSettings& settings, const std::string& peer) {
  FetchedDocument document;
  try {
    document = fetch_(client_id);
  } catch (const Error& error) {
    throw Error(Error::Kind::invalid, "app_document",
                "The application's description could not be fetched from its client_id's address.",
                cat(error.id(), ": ", error.message()));
  }
  if (document.status != 200) throw no_document("its address does not answer 200.");
  const auto type = media_type(document.content_type);
  if (!equal_ignoring_case(type, "application/json") &&
      !(type.starts_with("application/") && type.ends_with("+json")))
    throw no_document("it is not JSON.");
  if (document.body.size() > oauth::largest_app_document) throw no_document("it is larger than 5 KiB.");
  App app = oauth::read_app_document(client_id, document.body, settings);
  const auto now = clock_.now();
  app.remote = peer;
  app.created_at = now;
  app.fresh_until = now + oauth::document_freshness(document.cache_control);
  return app;
}

}  // namespace patchbay::http
