#include "http/error_table_parts.h"

namespace patchbay::http {

namespace {

constexpr ErrorText app_errors_table[] = {
    {"no_app", 404, "There is no such application that was let in.", "GET /v1/me/apps lists them."},
    {"app_settings", 400, "A setting about applications is not valid.", "Correct it as the message says."},
    {"not_form", 400, "The body is not declared as a form.",
     "Send Content-Type: application/x-www-form-urlencoded."},
    {"invalid_client_metadata", 400, "What an application says of itself cannot be used (RFC 7591).",
     "Correct it as error_description says."},
    {"invalid_redirect_uri", 400, "None of an application's redirect URIs can be used.",
     "Use https without a fragment, http on a loopback address, or a known application's scheme."},
    {"app_document", 400, "The description at a client_id's address could not be read.",
     "Serve it there as JSON, 5 KiB at most; the log says more."},
    {"registration_off", 403, "Applications cannot register here.", "Ask an admin."},
    {"too_many_apps", 429, "Too many applications have registered and were never let in.",
     "Try again later."},
    {"too_many_documents", 429, "Too many descriptions of applications were asked for.",
     "Try again in a minute."},
    {"too_many_devices", 429, "Too many devices wait to be let in.", "Try again in a minute."},
    {"device_answered", 409, "Somebody has answered for this device already.", "Begin anew on the device."}};

}  // namespace

std::span<const ErrorText> app_errors() {
  return app_errors_table;
}

}  // namespace patchbay::http
