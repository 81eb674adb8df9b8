// npm smtp-server as smtp.gmail.com: it takes mail as Gmail does and refuses it with Gmail's texts.
// What it has taken goes to stdout, one JSON object a line; how it behaves is read anew from the file
// BEHAVIOUR at each step: {"auth": [code, text], "mail": …, "rcpt": …, "data": …, "after_data": "hang_up"}.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';

const { CERTIFICATE, PRIVATE_KEY, BEHAVIOUR, IMPLICIT_PORT, STARTTLS_PORT } = process.env;

const say = (what) => console.log(JSON.stringify(what));

function refusal(step) {
  const wanted = JSON.parse(readFileSync(BEHAVIOUR, 'utf8'))[step];
  if (!Array.isArray(wanted)) return wanted ? new Error(wanted) : null;
  const error = new Error(wanted[1]);
  [error.responseCode] = wanted;
  return error;
}

function onData(stream, session, done) {
  const digest = createHash('sha256');
  const head = [];
  let bytes = 0;
  stream.on('data', (piece) => {
    digest.update(piece);
    if (bytes < 100_000) head.push(piece);
    bytes += piece.length;
  });
  stream.on('end', () => {
    const refused = refusal('data');
    if (!refused) {
      say({
        letter: Buffer.concat(head).toString('latin1').slice(0, 100_000),
        bytes, sha256: digest.digest('hex'), secure: session.secure, user: session.user,
        from: session.envelope.mailFrom.address,
        to: session.envelope.rcptTo.map((one) => one.address),
      });
    }
    if (refusal('after_data')) session.hangUp();
    else done(refused, '2.0.0 OK  1700000000 abc.0 - gsmtp');
  });
}

function listen(port, secure) {
  const server = new SMTPServer({
    name: 'smtp.gmail.test', banner: 'gsmtp', secure, size: 35882577,
    key: readFileSync(PRIVATE_KEY), cert: readFileSync(CERTIFICATE),
    authMethods: ['LOGIN', 'PLAIN', 'XOAUTH2'], authOptional: false, allowInsecureAuth: false,
    onConnect(session, done) {
      session.hangUp = () => {
        for (const connection of server.connections) connection._socket.destroy();
      };
      done();
    },
    onAuth(auth, session, done) {
      const refused = refusal('auth');
      if (refused) return done(refused);
      say({ signed_in: auth.username, method: auth.method, letters: auth.password?.length });
      return done(null, { user: auth.username });
    },
    onMailFrom: (address, session, done) => done(refusal('mail')),
    onRcptTo: (address, session, done) =>
      done(address.address.startsWith('nobody@') ? refusal('rcpt') : null),
    onData,
  });
  server.on('error', () => {});  // who hangs up on us, or does not trust us, is judged elsewhere
  return new Promise((resolve) => { server.listen(Number(port), '127.0.0.1', resolve); });
}

await Promise.all([listen(IMPLICIT_PORT, true), listen(STARTTLS_PORT, false)]);
say({ ready: true });
