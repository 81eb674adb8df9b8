#include "tests/contract/made_up_mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/text.h"

namespace gmail_mcp::store {

namespace {

// The first is the most frequent.
constexpr std::string_view languages[] = {
    R"(the to and of a in is you for that we it on this with be are your have as I will at our from
    please can not if by an or meeting invoice thanks order regards attached Monday project it's
    don't you're we’ll O'Brien follow-up e-mail re-send Q4 v2.1 budget)",
    R"(die der und in zu den das nicht von sie ist des sich mit dem dass er es ein ich auf so eine
    auch als an nach wie im für man aber Grüße Straße München Rechnung Bestellung Übergabe
    Prüfung schön Größe müssen Besprechung Käse Weiß)",
    R"(de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce
    réunion facture l'équipe d’accord déjà naïve garçon Noël cœur œuvre aujourd'hui où été)",
    R"(de la que el en y a los se del las un por con no una su para es al lo como mañana reunión
    factura señor año qué más José niño corazón)",
    R"(w i się na nie z do to że jest a o jak ale po co tak za od spotkanie faktura zamówienie łódź
    żółty gęś ćma świat Kraków przesyłka)",
    R"(и в не на что я с он как это по но они к у мы за вы от счёт встреча заказ спасибо привет ещё
    Ёлка йогурт Москва письмо договор)",
    R"(και το να του η της με που την από για είναι τιμολόγιο συνάντηση ΠΑΡΑΓΓΕΛΙΑ ευχαριστώ Άννα
    σας λόγος)",
    R"(ve bir bu için de da ne ile çok olarak daha toplantı fatura sipariş İstanbul ışık IŞIK güzel
    şehir çağrı)",
    R"(של את על לא הוא זה עם כי גם או פגישה חשבונית הזמנה תודה שלום בּוֹקֶר)",
    R"(في من على أن إلى هذا التي ما لا عن اجتماع فاتورة طلب شكرًا مَرْحَبًا)",
    R"(है के में की से का को और हिन्दी बैठक चालान धन्यवाद नमस्ते)",
    R"(关于会议安排 明天下午3点 在北京office开会 请查收附件 发票已开 谢谢 您的订单 已发货 东京 会议 合同)",
    R"(会議の資料をお送りします よろしくお願いします 東京都庁 明日 ありがとう 請求書 ﾃｽﾄ カタカナ ご注文 がぎぐ)",
    R"(회의는 내일입니다 안녕하세요 청구서 주문 감사합니다 서울 회의 첨부파일을)",
};

constexpr std::string_view first_names[] = {"Priya",      "Anna",   "Jürgen", "Zoë",
                                            "María José", "Łukasz", "Иван",   "Άννα",
                                            "İpek",       "王伟",   "田中",   "Bob"};
constexpr std::string_view last_names[] = {"Shah",   "O'Brien", "Müller", "de la Cruz", "Nowak",
                                           "Петров", "Smith",   "Şahin",  "",           "佐藤"};
constexpr std::string_view hosts[] = {"brightline.example", "shop.example", "mail.co.example",
                                      "x-y.example", "gmail.com"};
constexpr std::string_view emoji[] = {"😀", "👍🏽", "🤔", "❤️", "🧑‍💻", "✅",
                                      "🦊", "€",    "₺",  "™", "½",           "①"};

std::vector<std::string_view> pieces_of(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = text.find_first_not_of(" \n\t", at);
    if (begin == std::string_view::npos) break;
    at = std::min(text.find_first_of(" \n\t", begin), text.size());
    pieces.push_back(text.substr(begin, at - begin));
  }
  return pieces;
}

// Cuts between characters, not within one.
std::string_view part(std::string_view text, std::size_t bytes) { return utf8_prefix(text, bytes); }

}  // namespace

std::string MadeUpMail::word(std::size_t language) {
  static const auto words = [] {
    std::vector<std::vector<std::string_view>> all;
    for (const auto list : languages) all.push_back(pieces_of(list));
    return all;
  }();
  const auto& known = words[language];
  const double u = std::uniform_real_distribution<double>{0, 1}(random_);
  // By Zipf's law; behind the known words are made ones, of letters that the language could have.
  const auto rank = static_cast<std::size_t>(std::pow(8'000.0, u)) - 1;
  if (rank < known.size()) return std::string{known[rank]};
  std::string made;
  for (auto n = rank; n > 0; n /= 20) {
    made += "bcdfghjklmnprstvwxyz"[n % 20];
    made += "aeiou"[n % 5];
  }
  if (language > 10) made = std::string{known[rank % known.size()]} + made;
  if (rank % 7 == 0) made += "é";
  if (rank % 11 == 0) made += "e\u0301s";
  if (rank % 13 == 0 && made[0] >= 'a' && made[0] <= 'z') made[0] -= 'a' - 'A';
  return made;
}

std::string MadeUpMail::special() {
  const auto n = below(10'000);
  switch (below(15)) {
    case 0: return fmt::format("user{}.name@{}", n % 300, one_of(hosts));
    case 1:
      return fmt::format("https://{}/orders/invoice-{}.html?id={}&x=%20", one_of(hosts), n, n);
    case 2: return fmt::format("202{}-{:02}-{:02}", n % 7, n % 12 + 1, n % 28 + 1);
    case 3: return fmt::format("{:02}/{:02}/{}", n % 12 + 1, n % 28 + 1, 2020 + n % 7);
    case 4: return fmt::format("+49 30 {}-{}", 1000 + n % 90, n % 100);
    case 5: return fmt::format("Rechnung_{}_v{}.pdf", n, n % 5);
    case 6: return fmt::format("€{},{:02}", n, n % 100);
    case 7: return fmt::format("#{}-{}/A", 1000 + n % 500, n % 50);
    case 8: return fmt::format("snake_case_{} camelCase{} 1e{}", n % 40, n % 40, n % 9);
    case 9: return std::string{one_of(emoji)} + (n % 2 == 0 ? "" : "ok");
    case 10: return fmt::format("<b>bold{}</b>&nbsp;&amp;", n % 30);
    case 11: return fmt::format("“quoted {}”—said", n % 30);
    case 12: return fmt::format("C++ R&D AT&T U.S.A. {}%", n % 100);
    case 13: return fmt::format("(see §{}.{}, p.\u00A0{})", n % 20, n % 9, n % 300);
    default: return fmt::format("dGhpcyBpcyBiYXNlNjQ{}QUJD==\n>", n);
  }
}

std::string MadeUpMail::text(std::size_t language, std::size_t words) {
  std::string made;
  for (std::size_t i = 0; i < words; ++i) {
    if (i > 0) made += i % 12 == 0 ? ".\n" : language > 10 && language < 13 ? "" : " ";
    made += chance(0.08) ? special() : word(language);
    if (chance(0.05)) made += ",";
  }
  return made;
}

model::Address MadeUpMail::person() {
  const auto n = below(300);
  std::string name{first_names[n % std::size(first_names)]};
  const auto last = last_names[n % std::size(last_names)];
  if (!last.empty()) name += " " + std::string{last};
  return {.name = std::move(name),
          .email = fmt::format("user{}.name@{}", n, hosts[n % std::size(hosts)])};
}

NewArchived MadeUpMail::letter(std::size_t number) {
  NewArchived made;
  auto& message = made.archived.message;
  message.id = model::MessageId{std::to_string(number)};
  message.thread_id = model::ThreadId{std::to_string(number / 3)};
  message.date = Timestamp{std::chrono::seconds{1'690'000'000 + number * 4'800}};
  const auto language = chance(0.5) ? std::size_t{0} : below(std::size(languages));
  message.subject = text(language, 2 + below(6));
  auto body = text(language, chance(0.05) ? 600 : 10 + below(120));
  if (chance(0.2)) {
    made.text = std::move(body);  // of HTML
  } else {
    message.body_plain = std::move(body);
  }
  message.snippet = std::string{part(made.text ? *made.text : message.body_plain, 100)};
  message.from = person();
  message.to = {person()};
  if (chance(0.2)) message.cc = {person(), person()};
  made.correspondents = {message.from};
  message.labels = {"INBOX"};
  if (chance(0.2)) message.labels = {"STARRED", "Label_1"};
  if (chance(0.05)) message.labels.emplace_back("TRASH");
  if (chance(0.2)) {
    made.archived.direction = model::Direction::sent;
    message.labels = {"SENT"};
  }
  if (chance(0.15)) {
    message.attachments = {{.id = "2",
                            .filename = fmt::format("Anhang {}.pdf", number),
                            .mime_type = "application/pdf",
                            .size = 1,
                            .is_file = chance(0.7)}};
  }
  return made;
}

std::string MadeUpMail::term(const NewArchived& letter) {
  const auto& message = letter.archived.message;
  const std::string& text = letter.text ? *letter.text : message.body_plain;
  const auto pieces = pieces_of(chance(0.2) ? message.subject : text);
  if (pieces.empty()) return "nothing";
  const auto at = below(pieces.size());
  std::string piece{pieces[at]};
  switch (below(10)) {
    case 0: return piece + "*";
    case 1: return std::string{part(piece, 2 + below(8))} + "*";
    case 2: return std::string{part(piece, 3 + below(12))};
    case 3: return "\"" + piece + "\"";
    case 4:
    case 5: {
      // A phrase as it stands, now and then with its last word cut.
      std::string phrase;
      for (auto i = at; i < std::min(at + 2 + below(3), pieces.size()); ++i) {
        if (!phrase.empty()) phrase += ' ';
        phrase += pieces[i];
      }
      std::erase(phrase, '"');
      if (chance(0.2)) return "\"" + std::string{part(phrase, phrase.size() - 1)} + "\"*";
      return "\"" + phrase + "\"";
    }
    case 6: return "subject:" + piece;
    case 7: return "\"" + piece + " " + std::string{one_of(pieces)} + "\"";  // mostly no phrase
    default: return piece;
  }
}

std::string MadeUpMail::condition(const NewArchived& letter) {
  const auto& message = letter.archived.message;
  switch (below(9)) {
    case 0: return "from:" + message.from.email;
    case 1: return "from:\"" + message.from.name + "\"";
    case 2: return "to:" + std::string{part(message.to[0].email, 3 + below(9))};
    case 3: return "cc:user1";
    case 4: return "has:attachment";
    case 5: return "in:starred";
    case 6: return "after:" + to_iso8601(message.date - std::chrono::days{below(60)}).substr(0, 10);
    case 7:
      return "before:" + to_iso8601(message.date + std::chrono::days{below(60)}).substr(0, 10);
    default: return "in:sent";
  }
}

std::string MadeUpMail::query(const std::vector<NewArchived>& letters) {
  const auto& letter = one_of(letters);
  const auto kind = below(20);
  if (kind == 0) return fmt::format("nobodywrote{}", below(1'000));
  if (kind == 1) return condition(letter);
  if (kind == 2) return condition(letter) + " -" + condition(letter);
  if (kind == 3) return condition(letter) + " -" + term(letter);
  if (kind == 4) return special();
  if (kind == 5) return to_lower_ascii(term(letter));
  std::string all = term(letter);
  if (kind < 12) return all;
  all += " " + (kind < 15 ? term(letter) : condition(letter));
  if (kind == 18) all += " -" + term(one_of(letters));
  if (kind == 19) all += " -" + condition(one_of(letters)) + " " + term(one_of(letters));
  return all;
}

}  // namespace gmail_mcp::store
