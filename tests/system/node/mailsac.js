// Calls each method of the official client of Mailsac, in a sensible order, and
// prints what came of it: `methods` are all that the client has, `answers` map each
// that was called to its answers, in order.  The order is a JSON object on standard
// input: the API's URL and key, and the ids of messages that are there already.
"use strict";

const { Mailsac, MessageFolder } = require("@mailsac/api");

const { baseURL, key, ids } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const RESERVED = "sdk@capture.example";
const PUBLIC = "sdk-public@capture.example";
const OWNED = "any@sdk.example";
const UNKNOWN = "sdk-unknown@capture.example";
const ALWAYS = { startDate: "2020-01-01", endDate: "2100-01-01" };

const sdk = new Mailsac({ baseURL, headers: { "Mailsac-Key": key } });
const stranger = new Mailsac({ baseURL, headers: { "Mailsac-Key": "k_invented" } });
const answers = {};

async function call(method, ...args) {
  return record(sdk, method, args);
}

async function record(client, method, args) {
  const [family, name] = method.split(".");
  const { status, headers, data } = await client[family][name](...args).catch(refusal);
  const answer = { status, type: headers["content-type"] ?? null, data: printable(data) };
  (answers[method] ??= []).push(answer);
  return data;
}

function refusal(error) {
  if (!error.response) throw error;
  return error.response;
}

function printable(data) {
  return Buffer.isBuffer(data) ? data.toString("base64") : data;
}

async function account() {
  await call("account.user");
  await record(stranger, "account.user", []);
  await call("account.accountStats");
}

async function addresses() {
  await call("addresses.checkAvailability", RESERVED);
  await call("addresses.getAddress", RESERVED);
  await call("addresses.updateAddress", RESERVED, { info: "too early" });
  await call("addresses.createAddress", RESERVED);
  await call("addresses.createAddress", RESERVED);
  await call("addresses.checkAvailability", RESERVED);
  await call("addresses.updateAddress", RESERVED, { info: "for tests", enablews: true });
  await call("addresses.updateAddress", RESERVED, { webhook: "https://hooks.example/mail" });
  await call("addresses.getAddress", RESERVED);
  await call("addresses.createAddress", "sdk-noted@capture.example", { info: "a note" });
  await call("addresses.createAddresses", {
    addresses: ["sdk-1@capture.example", "sdk-2@capture.example"],
  });
  await call("addresses.listAddresses");
  await call("addresses.deleteAddress", "sdk-1@capture.example");
  await call("addresses.deleteAddress", "sdk-1@capture.example");
}

async function validations() {
  await call("emailValidation.validateAddress", "ann@mailinator.com");
  await call("emailValidation.validateAddressesBulk", { emails: [RESERVED, "no address"] });
}

async function reading() {
  await call("messages.countMessages", RESERVED);
  await call("messages.listMessages", RESERVED);
  await call("messages.listMessages", RESERVED, { limit: 1 });
  await call("messages.listMessages", RESERVED, { until: "2001-02-03" });
  await call("messages.getMessageMetadata", RESERVED, ids.rich);
  await call("messages.getMessageMetadata", RESERVED, "0Ab_invented-0");
  await call("messages.getFullRawMessage", RESERVED, ids.rich);
  await call("messages.getHeaders", RESERVED, ids.rich);
  await call("messages.getHeaders", RESERVED, ids.rich, { messageHeadersFormat: "json-ordered" });
  await call("messages.getHeaders", RESERVED, ids.rich, { messageHeadersFormat: "plain" });
  await call("messages.getBodyDirty", RESERVED, ids.rich);
  await call("messages.getBodySanitized", RESERVED, ids.rich);
  await call("messages.getBodyPlainText", RESERVED, ids.rich);
  await call("messages.getBodyPlainText", RESERVED, ids.rich, { download: "1" });
}

async function marking() {
  await call("messages.toggleMessageStar", RESERVED, ids.rich);
  await call("messages.listStarredMessages");
  await call("messages.addMessageLabel", RESERVED, ids.rich, "two words");
  await call("messages.addMessageLabel", RESERVED, ids.rich, "later");
  await call("messages.deleteMessageLabel", RESERVED, ids.rich, "two words");
  await call("messages.setMessageReadStatus", RESERVED, ids.rich, true);
  await call("messages.setMessageReadStatus", RESERVED, ids.rich, false);
  for (const folder of Object.values(MessageFolder).reverse()) {
    await call("messages.setMessageFolder", RESERVED, ids.rich, folder);
  }
}

async function unified() {
  await call("messages.listInboxMessages", { limit: 2, skip: 1 });
  await call("messages.filterInboxMessages", { andSubjectIncludes: "rich", andRead: false });
  await call("messages.filterInboxMessages", {});
  await call("messages.searchInboxMessages", { query: "sdk plain" });
}

async function domains() {
  await call("domains.listDomains");
  await call("domains.getDomain", "sdk.example");
  await call("domains.getDomain", "invented.example");
  await call("messages.listDomainMessages", "sdk.example", { limit: 5 });
  await call("messages.deleteAllDomainMessages", "sdk.example");
  await call("messages.listMessages", OWNED);
}

async function attachments() {
  const binary = { format: "arraybuffer" };
  const [{ checksum }] = await call("attachments.listMessageAttachments", RESERVED, ids.rich);
  for (const identifier of [checksum, "photo.png", "photo@sdk.example"]) {
    await call("attachments.downloadAttachment", RESERVED, ids.rich, identifier, binary);
  }
  const [{ _id: common }] = await call("attachments.listPublicAttachments", ALWAYS);
  await call("attachments.countPublicAttachments", common);
  await call("attachments.countPublicAttachments", checksum);
  await call("attachments.listMessagesForAttachment", common);
  await call("attachments.downloadPublicAttachment", common, binary);
}

async function statistics() {
  await call("messageStats.listTopPublicAddresses", ALWAYS);
  await call("messageStats.listTopPublicSenders", ALWAYS);
  await call("messageStats.listTopPublicDomains", ALWAYS);
  await call("messageStats.denylist");
  await call("messageStats.checkDenylist", "denied.example");
}

async function deleting() {
  await call("messages.deleteMessage", RESERVED, ids.plain);
  await call("messages.deleteMessage", RESERVED, ids.plain);
  await call("messages.deleteAllMessages", PUBLIC);
  await call("messages.deleteAllMessages", UNKNOWN);
  await call("messages.deleteAllMessages", RESERVED);
  await call("messages.listMessages", RESERVED);
  await call("addresses.deleteAddress", RESERVED, { deleteAddressMessages: true });
  await call("messages.countMessages", RESERVED);
}

// What the client has: `family.method` for each function of each of its families.
function methods() {
  return Object.entries(sdk).flatMap(([family, members]) =>
    Object.entries(members ?? {})
      .filter(([name, member]) => typeof member === "function" && family !== "instance")
      .map(([name]) => `${family}.${name}`),
  );
}

(async () => {
  const chapters = [account, addresses, validations, reading, marking, unified, domains];
  for (const chapter of [...chapters, attachments, statistics, deleting]) {
    await chapter();
  }
  console.log(JSON.stringify({ methods: methods(), answers }));
})();
