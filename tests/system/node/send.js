// Sends one message with nodemailer: the transport's options, the envelope and
// the message are a JSON object on standard input, the outcome is one on standard
// output.
"use strict";

const nodemailer = require("nodemailer");

let input = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (text) => (input += text));
process.stdin.on("end", async () => {
  const { transport, envelope, raw } = JSON.parse(input);
  const mailer = nodemailer.createTransport(transport);
  const outcome = await mailer.sendMail({ envelope, raw: Buffer.from(raw, "base64") });
  console.log(JSON.stringify({ response: outcome.response, accepted: outcome.accepted }));
});
