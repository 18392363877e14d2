#include "http/error_table_parts.h"

namespace patchbay::http {

namespace {

constexpr ErrorText oauth_errors_table[] = {
    {"oauth_bad_challenge", 502, "The server asks for a sign-in in a header that cannot be read.",
     "Tell whoever runs the server."},
    {"oauth_bad_metadata", 502, "The sign-in metadata are no JSON object, or a field is of the wrong kind.",
     "Check the server's URL; tell whoever runs it."},
    {"oauth_resource_mismatch", 502, "The server's metadata are about another address.",
     "Enter the server's URL as its metadata have it."},
    {"oauth_issuer_mismatch", 502, "The sign-in service calls itself otherwise than the server does.",
     "Tell whoever runs the server; nothing was sent."},
    {"oauth_pkce_unsupported", 502, "The sign-in service does not offer PKCE with S256.",
     "Sign-in is not possible there; use a key if the server takes one."},
    {"oauth_bad_endpoint", 502, "A sign-in address is not https, or carries what it must not.",
     "Tell whoever runs the service."},
    {"oauth_foreign_endpoint", 502, "A sign-in address is on another host than the service itself.",
     "An admin can allow that host for the server."},
    {"oauth_client_auth", 502, "The sign-in service wants a proof of identity that Patchbay cannot give.",
     "An admin can enter a client made there by hand."},
    {"oauth_registration_refused", 502, "The sign-in service did not let Patchbay register itself.",
     "An admin registers it there by hand and enters the client's id."},
    {"oauth_sign_in_ended", 502, "The provider does not accept the sign-in any more.",
     "Connect the account again."},
    {"oauth_client_refused", 502, "The sign-in service refuses our client or request; tokens are kept.",
     "An admin checks the server's sign-in settings."},
    {"oauth_token_unavailable", 502, "The sign-in service is not available; tokens are kept.",
     "Try again soon."},
    {"oauth_bad_token_answer", 502, "The sign-in service's answer holds no tokens that can be used.",
     "Try again; tell whoever runs the service."},
    {"oauth_stored_metadata", 500, "What was stored about a sign-in cannot be read.",
     "Start the sign-in again; the log says more."},
    {"oauth_providers", 500, "The built-in file of sign-in services is wrong.",
     "Report it: the binary was built from a damaged file."},
    {"bad_form", 400, "A form is too large, or not well-formed.",
     "Send application/x-www-form-urlencoded in UTF-8."},
};

}  // namespace

std::span<const ErrorText> oauth_errors() {
  return oauth_errors_table;
}

}  // namespace patchbay::http
