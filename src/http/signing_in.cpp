#include "http/signing_in.h"

#include "base/encoding.h"
#include "base/error.h"
#include "http/audit_row.h"

namespace patchbay::http {

namespace {
constexpr std::size_t longest_client = 80;
}  // namespace

std::string browser_of(const Request& request) {
  return clean_text(request.http.header("user-agent").value_or(""), longest_client, false);
}

oauth::SignIn::SignedIn SigningIn::with_password(const Request& request, std::string_view name,
                                                 const Secret& password) const {
  try {
    auto who = sign_in_.sign_in(name, password, request.http.peer, browser_of(request));
    record_begin(request, who, "session.start");
    return who;
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::unauthenticated || error.kind() == Error::Kind::limited) {
      Event row = audit_row(request, "session.start", clock_.now());
      row.actor.clear();
      row.actor_name = clean_text(name, 80, false);
      row.client = browser_of(request);
      refusals_->record(request, std::move(row), error.id());
    }
    throw;
  }
}

void SigningIn::record_begin(const Request& request, const oauth::SignIn::SignedIn& who,
                             std::string_view action) const {
  store_.transact([&](Database& db) {
    Event row = audit_row(request, action, clock_.now());
    row.actor = who.user.id.text();
    row.actor_name = who.user.name;
    row.client = who.session.session.client;
    record(store_, db, row);
  });
  bearer_.reload();
}

}  // namespace patchbay::http
