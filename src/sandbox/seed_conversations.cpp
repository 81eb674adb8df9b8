// People writing to each other (declared in seed_letters.h).
#include <fmt/format.h>

#include <array>
#include <span>

#include "sandbox/seed_letters.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr int day = 24 * 60;

struct Person {
  std::string_view name;
  std::string_view email;
};

constexpr Person me{"", ""};
constexpr Person lena{"Lena Fischer", "lena.fischer@alpenpost.example"};
constexpr Person marco{"Marco Rossi", "marco@rossi-interiors.example"};
constexpr Person dana{"Dana Whitfield", "dana.whitfield@brightline.example"};
constexpr Person kenji{"佐藤 健二", "kenji.sato@hikari.example"};
constexpr Person celine{"Céline Dubois", "celine.dubois@hotel-etoile.example"};
constexpr Person oliver{"Oliver Grant", "oliver.grant@brightline.example"};
constexpr Person support{"Parcelwing Support", "help@parcelwing.example"};

struct Turn {
  Person from;
  int age;  // minutes
  std::string_view text;
};

struct Conversation {
  std::string_view id;
  std::string_view subject;
  Person other;  // whom the reader writes to
  std::span<const Turn> turns;
  bool work = false;           // carries the label Work/Projects
  bool unread = false;         // the last one
  std::string_view list = {};  // List-Id
};

constexpr std::array hike{
    Turn{lena, 9 * day + 60,
         "Hi {me},\n\nthe weather looks perfect on Saturday. Shall we do the ridge trail above the "
         "lake?\nIt is about 14 km, and there is a hut half-way with good soup.\n\nLena"},
    Turn{me, 9 * day, "Hi Lena,\n\nyes! Should I bring the big thermos?\n\n{me}"},
    Turn{lena, 8 * day + 900, "Please do. The 8:05 train gets us there before the crowds.\n\nLena"},
    Turn{me, 8 * day + 300, "8:05 it is. I will buy the tickets tonight."},
    Turn{lena, 5 * day,
         "That was a great day. Photos follow when I am back at my computer.\n\nLena"},
    Turn{me, 4 * day + 700, "Best soup in years. Next time the northern side?"}};

constexpr std::array kitchen{
    Turn{marco, 21 * day,
         "Dear {me},\n\nthank you for the visit. I measured the kitchen: 3.42 m by 2.80 m. The oak "
         "fronts would come to 4,860 euros, the birch ones to 3,950 euros, both with assembly.\n\n"
         "Kind regards\nMarco Rossi"},
    Turn{me, 20 * day, "Dear Marco,\n\nbirch, please. When could you start?\n\n{me}"},
    Turn{marco, 19 * day,
         "We have a slot in the second week of next month: Tuesday to Thursday.\n"},
    Turn{me, 18 * day + 400, "Tuesday works. Do you need a key?"},
    Turn{marco, 18 * day,
         "Yes please, leave it with your neighbour. I will confirm the day before.\n\nMarco"}};

constexpr std::array atlas{
    Turn{dana, 12 * day,
         "Hi {me},\n\nhere is where Atlas stands: the beta opens on the 3rd, pricing is still "
         "open, and legal wants another look at the data processing terms.\n\nCan you own the "
         "pricing page?\n\nDana"},
    Turn{me, 12 * day - 200, "Hi Dana,\n\nyes. Draft by Friday.\n\n{me}"},
    Turn{oliver, 11 * day, "I can do the comparison table. Three plans or four?\n\nOliver"},
    Turn{dana, 11 * day - 90, "Three. Four confused everybody last time."},
    Turn{me, 8 * day, "Draft is in the shared folder: starter 9, team 29, company 99.\n\n{me}"},
    Turn{oliver, 7 * day + 600,
         "Looks right. I would move the annual discount to the top.\n\nOliver"},
    Turn{dana, 2 * day,
         "Legal is done, two small changes. We are go for the 3rd.\n\nOne open question: who "
         "answers the support mailbox on launch day?\n\nDana"},
    Turn{dana, 600, "{me}, could you take the morning shift (8 to 13) on launch day?\n\nDana"}};

constexpr std::array meetup{
    Turn{{"Jonas Weber", "jonas@weber.example"},
         15 * day,
         "Hello all,\n\nthe next meetup is on the last Thursday. Topic: coroutines without tears.\n"
         "Who has a room for 40 people?\n\nJonas"},
    Turn{{"Aylin Demir", "aylin.demir@codewerk.example"},
         15 * day - 300,
         "We can host. Projector and drinks included, pizza sponsors welcome.\n\nAylin"},
    Turn{{"Piotr Nowak", "piotr@nowak.example"},
         14 * day,
         "I can show what the compiler makes of a coroutine frame, 20 minutes.\n\nPiotr"},
    Turn{
        {"Jonas Weber", "jonas@weber.example"}, 13 * day, "Perfect, you are on the list.\n\nJonas"},
    Turn{{"Ruth Okafor", "ruth@okafor.example"},
         13 * day - 500,
         "Will there be a stream? I am travelling that week.\n\nRuth"},
    Turn{{"Aylin Demir", "aylin.demir@codewerk.example"},
         12 * day,
         "Yes, the link goes out on the day.\n\nAylin"},
    Turn{{"Jonas Weber", "jonas@weber.example"},
         1 * day,
         "Reminder: tonight, 19:00, second floor. Ring at Codewerk.\n\nJonas"}};

constexpr std::array zurich{
    Turn{lena, 4 * day,
         "Hallo {me},\n\nschöne Grüße aus Zürich! Anbei ein paar Worte, die Fotos lade ich morgen "
         "hoch. Die Käsespätzle waren großartig.\n\nLena 🏔️"},
    Turn{me, 4 * day - 120, "Danke! Ich freue mich auf die Bilder."}};

constexpr std::array tokyo{
    Turn{kenji, 6 * day,
         "{me} "
         "様\n\nお世話になっております。来月の東京出張の件ですが、会議は火曜日の午前10時からでよろ"
         "しい"
         "でしょうか。会場は本社3階の会議室です。\n\n佐藤"},
    Turn{me, 6 * day - 600, "Sato-san,\n\nTuesday at ten is perfect. Thank you!\n\n{me}"}};

constexpr std::array hotel{
    Turn{celine, 10 * day,
         "Bonjour,\n\nvotre réservation est confirmée : deux nuits, chambre côté jardin, petit "
         "déjeuner compris. L’arrivée est possible dès 15 h.\n\nCéline Dubois"}};

constexpr std::array parcel{
    Turn{me, 17 * day,
         "Hello,\n\nmy parcel PW-448120 has been \"out for delivery\" for three days.\n\n{me}"},
    Turn{support, 17 * day - 30,
         "Hello {me},\n\nthank you for writing. Your ticket is 90417. The parcel was sorted to the "
         "wrong depot; we are bringing it back.\n\nParcelwing Support"},
    Turn{support, 15 * day, "Your parcel is at the right depot now and arrives tomorrow.\n"},
    Turn{me, 14 * day, "It arrived. Thank you!\n\n{me}"}};

constexpr std::array thanks{
    Turn{me, 3 * day, "Dear Dana,\n\nthank you for the kind words in the all-hands.\n\n{me}"}};

constexpr std::array conversations{
    Conversation{"hike", "Weekend hike?", lena, hike},
    Conversation{"kitchen", "Kitchen renovation – measurements and offer", marco, kitchen},
    Conversation{"atlas", "Atlas launch plan", dana, atlas, true, true},
    Conversation{"meetup",
                 "[cpp-meetup] Next meetup: coroutines without tears",
                 {"cpp-meetup", "cpp-meetup@lists.example"},
                 meetup,
                 false,
                 true,
                 "C++ user group <cpp-meetup.lists.example>"},
    Conversation{"zurich", "Grüße aus Zürich – Fotos folgen 📷", lena, zurich},
    Conversation{"tokyo", "東京出張の件", kenji, tokyo},
    Conversation{"hotel", "Réservation confirmée : Hôtel Étoile", celine, hotel, false, true},
    Conversation{"parcel", "Where is my parcel PW-448120?", support, parcel},
    Conversation{"thanks", "Thank you", dana, thanks}};

mime::Address address(const Person& person) {
  return mime::Address{std::string{person.name}, std::string{person.email}};
}

Letter to_letter(const Conversation& conversation, std::size_t index, const Reader& reader,
                 const SeedLabels& labels) {
  const auto& turn = conversation.turns[index];
  const bool mine = turn.from.email.empty();
  const bool listed = !conversation.list.empty();
  const auto message_id = [&](std::size_t i) {
    return fmt::format("<{}.{}.{}@seed.sandbox.example>", conversation.id, reader.number, i);
  };
  Letter letter;
  letter.age = std::chrono::minutes{turn.age};
  auto& draft = letter.draft;
  draft.from = mine ? reader.self : address(turn.from);
  draft.to = {mine || listed ? address(conversation.other) : reader.self};
  draft.subject = (index > 0 ? "Re: " : "") + std::string{conversation.subject};
  draft.text = addressed(turn.text, reader);
  draft.message_id = message_id(index);
  for (std::size_t i = 0; i < index; ++i) draft.references.push_back(message_id(i));
  if (index > 0) draft.in_reply_to = {message_id(index - 1)};
  if (listed) draft.extra_headers.emplace_back("List-Id", std::string{conversation.list});
  if (mine) {
    letter.labels = {"SENT"};
  } else if (listed) {
    letter.labels = {"INBOX", "CATEGORY_FORUMS"};
  } else {
    letter.labels = {"INBOX", "IMPORTANT", "CATEGORY_PERSONAL"};
  }
  const bool last = index + 1 == conversation.turns.size();
  if (conversation.unread && last) letter.labels.emplace_back("UNREAD");
  if (conversation.work) letter.labels.push_back(labels.projects);
  if (conversation.id == "kitchen" && index == 0) letter.labels.emplace_back("STARRED");
  return letter;
}

}  // namespace

std::vector<Letter> seed_conversations(const Reader& reader, const SeedLabels& labels) {
  std::vector<Letter> letters;
  for (const auto& conversation : conversations) {
    for (std::size_t i = 0; i < conversation.turns.size(); ++i) {
      letters.push_back(to_letter(conversation, i, reader, labels));
    }
  }
  return letters;
}

std::vector<Letter> seed_team_thread(const Reader& reader,
                                     const std::vector<mime::Address>& people) {
  constexpr std::array texts{
      "Hello both,\n\nshall we move the team lunch to Thursday? The new place opens at noon.\n",
      "Thursday is fine with me. Does the new place have something vegetarian?\n",
      "Plenty. I booked a table for 12:30 by the window.\n",
      "Wonderful. I will be ten minutes late, please order water.\n"};
  std::vector<Letter> letters;
  if (people.size() < 2) return letters;
  const auto message_id = [](std::size_t i) {
    return fmt::format("<team-lunch.{}@seed.sandbox.example>", i);
  };
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto& sender = people[i % people.size()];
    const bool mine = sender.email == reader.self.email;
    Letter letter;
    letter.age = std::chrono::minutes{2 * day - static_cast<int>(i) * 95};
    letter.draft.from = sender;
    for (const auto& person : people) {
      if (person.email != sender.email) letter.draft.to.push_back(person);
    }
    letter.draft.subject = i == 0 ? "Team lunch on Thursday" : "Re: Team lunch on Thursday";
    letter.draft.text = texts[i];
    letter.draft.message_id = message_id(i);
    if (i > 0) {
      letter.draft.in_reply_to = {message_id(i - 1)};
      letter.draft.references = {message_id(0), message_id(i - 1)};
    }
    letter.labels = mine ? std::vector<std::string>{"SENT"}
                         : std::vector<std::string>{"INBOX", "CATEGORY_PERSONAL"};
    letters.push_back(std::move(letter));
  }
  return letters;
}

}  // namespace gmail_mcp::sandbox
