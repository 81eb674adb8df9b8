// What npm mailparser and postal-mime see in the mail on standard input: one JSON object.
import { createHash } from 'node:crypto';
import { simpleParser } from 'mailparser';
import PostalMime from 'postal-mime';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const mail = Buffer.concat(chunks);

const digest = (bytes) => createHash('sha256').update(Buffer.from(bytes)).digest('hex');
const ids = (text) => (Array.isArray(text) ? text : (text ?? '').split(/\s+/)).filter(Boolean);
const bare = (id) => (id ?? '').replace(/^<|>$/g, '');

function mailparserView(parsed) {
  const people = (field) => (field?.value ?? []).map((one) => [one.name ?? '', one.address]);
  return {
    subject: parsed.subject,
    from: people(parsed.from), to: people(parsed.to), cc: people(parsed.cc), reply_to: people(parsed.replyTo),
    message_id: parsed.messageId, in_reply_to: parsed.inReplyTo ?? '', references: ids(parsed.references),
    text: parsed.text ?? '', html: parsed.html || '',
    files: parsed.attachments.map((one) => ({ name: one.filename ?? '', type: one.contentType, cid: one.cid ?? '',
      within: one.related === true, sha256: digest(one.content) })),
  };
}

function postalMimeView(parsed) {
  const people = (list) => (list ?? []).map((one) => [one.name ?? '', one.address]);
  return {
    subject: parsed.subject,
    from: people(parsed.from ? [parsed.from] : []), to: people(parsed.to), cc: people(parsed.cc),
    reply_to: people(parsed.replyTo),
    message_id: parsed.messageId, in_reply_to: parsed.inReplyTo ?? '', references: ids(parsed.references),
    text: parsed.text ?? '', html: parsed.html ?? '',
    files: parsed.attachments.map((one) => ({ name: one.filename ?? '', type: one.mimeType,
      cid: bare(one.contentId), within: one.related === true, sha256: digest(one.content) })),
  };
}

console.log(JSON.stringify({
  mailparser: mailparserView(await simpleParser(mail, { skipImageLinks: true })),
  'postal-mime': postalMimeView(await PostalMime.parse(mail)),
}));
