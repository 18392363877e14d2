#pragma once

#include "http/consent_page.h"
#include "http/page.h"
#include "http/rate_limit.h"
#include "http/refusal_log.h"
#include "http/route.h"
#include "oauth/issuer.h"
#include "store/store.h"

namespace patchbay::http {

// /device: a person types the code that a machine without a browser shows, and decides as on every consent
// page (RFC 8628 §3.3).
class DevicePage {
 public:
  DevicePage(Store& store, oauth::Bearer& bearer, const oauth::Issuer& issuer, ConsentPage consent,
             const Clock& clock, Site site)
      : store_(store),
        bearer_(bearer),
        issuer_(issuer),
        consent_(std::move(consent)),
        clock_(clock),
        site_(std::move(site)) {}
  void add_to(Routes& routes);

 private:
  HttpReply show(const Request& request);
  HttpReply answer(const Request& request);
  HttpReply form(int status, std::string_view problem) const;
  struct Found {
    store::AppDevice device;
    App app;
  };
  std::optional<Found> find(std::string_view typed);
  ConsentQuestion question(const Found& found) const;
  HttpReply said(std::string_view title, std::string_view sentence) const;

  Store& store_;
  oauth::Bearer& bearer_;
  const oauth::Issuer& issuer_;
  const ConsentPage consent_;
  const Clock& clock_;
  const Site site_;
  RefusalLog refusals_{store_, clock_};
  RateLimit tries_{10};  // of one person: a code is short enough to be guessed otherwise
};

}  // namespace patchbay::http
