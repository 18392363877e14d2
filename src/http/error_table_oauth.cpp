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
    {"oauth", 400, "What is said of signing in at a server does not go together.",
     "Correct it as the message says."},
    {"oauth_client_gone", 502, "What Patchbay was registered as at the sign-in service is gone.",
     "Sign in again."},
    {"upstream_auth_unavailable", 502, "An account's sign-in cannot be renewed at the moment; it is kept.",
     "Try again in a minute."},
    {"oauth_client_needed", 502, "The sign-in service lets nobody register by program.",
     "An admin registers Patchbay there by hand and enters the client's id."},
    {"oauth_issuer_changed", 502, "The server names another sign-in service than its accounts are with.",
     "If that is right, an admin disconnects the server and connects it again."},
    {"oauth_unavailable", 502, "The sign-in service, or its metadata, cannot be had at the moment.",
     "Try again later."},
    {"admin_account", 403, "The server has one account for everybody, which is an admin's to connect.",
     "Ask an admin."},
    {"no_sign_in", 409, "The server is not one that people sign in at.", "Use it as it is."},
    {"sign_ins_busy", 429, "As many sign-ins as may be are under way, or another one of the same person.",
     "Try again in a few seconds."},
    {"no_flow", 404, "There is no such sign-in, or it is long over.", "Begin a new one."},
    {"oauth_bad_answer", 400, "What came back from the sign-in service cannot be read.", "Begin again."},
    {"oauth_state_missing", 400, "What came back belongs to no sign-in.", "Begin again from Patchbay."},
    {"oauth_state_unknown", 400, "What came back belongs to no sign-in that is known.", "Begin again."},
    {"oauth_state_used", 400, "The sign-in was used already.", "Begin again if it did not work."},
    {"oauth_state_expired", 400, "The sign-in took longer than 10 minutes.", "Begin again."},
    {"oauth_no_session", 403, "Nobody is signed in to Patchbay in that browser.", "Sign in and begin again."},
    {"oauth_other_session", 403, "The sign-in was begun in another browser.", "Begin again in this one."},
    {"oauth_issuer_missing", 400,
     "The sign-in service does not say whose answer it is, though it always should.",
     "Try again; tell whoever runs the service."},
    {"oauth_denied", 400, "The sign-in service says no.", "Try again, and allow what is asked for."},
    {"oauth_code_missing", 400, "The sign-in service's answer brings no code.", "Begin again."},
    {"bad_form", 400, "A form is too large, or not well-formed.",
     "Send application/x-www-form-urlencoded in UTF-8."},
};

}  // namespace

std::span<const ErrorText> oauth_errors() {
  return oauth_errors_table;
}

}  // namespace patchbay::http
