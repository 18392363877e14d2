#include "gateway/synonyms.h"

#include "base/text.h"

namespace patchbay::gateway {

namespace {

constexpr std::size_t most_words = 16;

// Groups end at a semicolon or a line's end. A word may stand in several groups; its meaning is then all of
// them.
constexpr std::string_view built_in_groups = R"(
create add new make insert generate; generate produce build create; delete remove erase drop clear purge;
list fetch show enumerate browse; search find query lookup seek; find locate discover;
fetch retrieve read load obtain; update edit modify change alter revise; update refresh renew;
set assign configure; write save store put; save store keep persist; send post submit deliver;
send email message notify; read view open show; open launch start; start run begin launch execute;
run execute invoke perform; stop end terminate halt kill; stop pause suspend; cancel abort revoke;
close finish complete resolve; rename retitle; copy duplicate clone replicate; move transfer relocate;
download fetch pull; upload import push; import ingest load; export dump extract; extract parse scrape;
scrape crawl spider; convert transform translate change; translate translation language;
translate localize; merge combine join concatenate; split divide separate; compare diff difference;
check verify validate test; validate validation lint; check inspect examine;
analyze analyse examine evaluate assess; analyze analysis analytics; calculate compute evaluate;
calculate calculator math arithmetic; math mathematics; count total number; sum add total; filter select;
sort order rank; summarize summary abstract digest; summarize condense shorten; explain describe;
describe description details; details information info; information data facts; recommend suggest propose;
recommendation suggestion advice; tip advice guidance; review rating feedback; comment reply remark note;
reply respond answer; question ask query; answer solution response; approve accept confirm;
reject decline deny refuse; enable activate; disable deactivate; lock unlock; subscribe subscription;
register signup enroll; login signin authenticate; authentication auth login;
authorization permission access; permission right role; share publish; publish release;
deploy deployment release rollout; install setup; schedule plan; schedule timetable calendar;
reminder alarm alert; alert notification warning; monitor watch track; track follow trace; trace log;
log record journal; history past log; history historical; invite invitation; assign delegate;
attach link connect; connect connection; repository repo project; repo codebase; code source program;
code programming; branch fork; commit revision changeset; ticket issue bug task; bug error defect;
error failure exception; issue problem; task todo job; job position vacancy career; work job; pr pull;
mail email inbox; message chat text sms; chat conversation talk; conversation thread; channel room;
channel group; user person people member; user account profile; member participant attendee;
employee staff worker; customer client; contact person; team group organization;
organization company organisation; company business firm enterprise; company stock; folder directory;
file document; document doc page; page site; note memo; wiki article; article news post; news headline;
blog article; paper publication article; paper research study; research scholar academic; book novel;
spreadsheet excel sheet; sheet worksheet; table spreadsheet; row record entry; column field; cell range;
presentation slide ppt powerpoint; pdf document; word docx; text string; image picture photo;
photo photograph; picture illustration drawing; draw paint sketch; drawing art; painting artwork art;
video movie clip; movie film; film cinema; tv television show; music song audio; song track;
audio sound voice; voice speech; speech speak; artist singer musician; lyrics song; playlist album;
podcast episode; screenshot capture; chart graph plot diagram; diagram flowchart;
visualize visualise visualization; dashboard report; report summary; database db sql; sql query;
table schema; schema structure; index catalog; cache redis; server host machine; server instance vm;
container docker; cluster kubernetes; cloud aws azure; bucket storage; storage disk drive;
network internet; website web site; web internet online; url link; link hyperlink; url uri; domain dns;
ip address; browser chrome; browse navigate visit; navigate goto; click press tap; type input enter;
api endpoint; webhook callback; key token; token secret; password credential; secure security;
security vulnerability; encrypt encryption; decrypt decryption; weather forecast; weather climate;
temperature weather; forecast prediction predict; rain precipitation; map location; location place;
place venue; address location; location position coordinates; geocode coordinates;
coordinates latitude longitude; direction route; route path; distance distances; near nearby nearest;
nearby around close; city town; country nation; region area; trip travel journey; travel vacation tourism;
vacation holiday; flight airline plane; flight airport; train railway rail; train ticket;
hotel accommodation lodging; hotel stay; apartment property house; property estate; house home;
rent rental lease; car vehicle auto; ride taxi; restaurant dining; food meal; meal dish;
recipe cooking cook; recipe ingredient; nutrition diet calories; health medical; medical clinical;
doctor physician; disease illness; symptom diagnosis; drug medicine medication; fitness exercise workout;
exercise training; sport sports; game match; game play; player athlete; team club; score result;
league competition tournament; soccer football; price cost; price quote; cost expense; expense spending;
budget finance; finance financial money; money cash; payment pay; pay purchase; buy purchase order;
shop shopping store; product item goods; item thing; cart basket; discount coupon deal;
deal offer bargain; cheap affordable; gift present; invoice bill; bill receipt; stock share equity;
stock market; market trading; trade exchange; crypto cryptocurrency bitcoin; currency forex;
exchange rate; convert conversion; rate ratio; loan mortgage; tax taxes; invest investment;
portfolio holdings; insurance policy; event meeting; meeting appointment; appointment booking;
book reserve reservation; reservation booking; calendar event; date day; day daily; time clock;
time timezone; today current now; current latest; latest recent new; recent newest;
trend trending popular; popular top; top best; random arbitrary; quote quotation saying; joke humor funny;
story tale; story writing; poem poetry; fact trivia; word vocabulary; definition meaning dictionary;
grammar spelling; spell spelling; student pupil; teacher instructor; course class lesson; learn study;
education learning; school university college; exam test quiz; quiz trivia; resume cv; interview recruit;
hire recruit; lead prospect; campaign marketing; marketing advertising; ad advertisement advert;
seo ranking; keyword term; tag label; category type; type kind; status state; state condition;
version release; property attribute; parameter argument; option setting; setting preference configuration;
configuration config; environment env; variable var; function method; class type; library package;
package module dependency; package parcel shipment; shipment delivery shipping; warehouse inventory;
inventory stock; dataset data; metric statistic; statistics stats; statistic stat; memory remember;
remember recall; knowledge memory; entity object; node vertex; relation relationship; edge relation;
graph network; device gadget; phone telephone mobile; phone number; camera webcam; light lamp;
sensor reading; energy electricity power; print printer; size dimension; length duration; width height;
color colour; font typeface; style design; design layout; template boilerplate; theme style; logo icon;
resize scale; crop trim; compress zip; compress shrink; decompress unzip; background context; 3d model;
object asset; star favorite favourite; like favorite; bookmark favorite; vote poll; survey poll;
form survey; law legal; legal lawyer; contract agreement; patent trademark; government public;
crime police; election vote; animal pet; dog puppy; cat kitten; plant flower; garden plant;
space astronomy; planet star; earth world; fashion clothes clothing; outfit clothes; beauty cosmetic;
horoscope astrology zodiac; tarot divination; dream interpretation; baby infant; child kid children;
family relative; gene genome; protein molecule; chemical compound; variant mutation; trial study
)";

}  // namespace

SynonymGroups SynonymGroups::built_in() {
  SynonymGroups groups;
  for (const auto line : split(built_in_groups, '\n'))
    for (const auto group : split(line, ';')) {
      std::vector<std::string> words;
      for (const auto word : split(group, ' '))
        if (!word.empty()) words.emplace_back(word);
      groups.add(words);
    }
  return groups;
}

void SynonymGroups::add(const std::vector<std::string>& words) {
  if (words.size() < 2) return;
  const auto kept = std::min(words.size(), most_words);
  groups_.emplace_back(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(kept));
}

}  // namespace patchbay::gateway
