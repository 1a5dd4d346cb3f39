// Cloudflare's TypeScript SDK, and a meeting: one line of JSON for every step.
// node six_operations.mjs URL TOKEN ACCOUNT APP; CLAUSEWISE_NODE_MODULES says where the SDK is.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Cloudflare } = createRequire(join(process.env.CLAUSEWISE_NODE_MODULES, "/"))("cloudflare");

const [baseURL, apiToken, account_id, app_id] = process.argv.slice(2);
const owner = { account_id, app_id };
const { recordings } = new Cloudflare({ apiToken, baseURL, maxRetries: 0 }).realtimeKit;
const meeting_id = randomUUID();

async function step(name, reply) {
  const told = { step: name };
  try {
    told.reply = await reply;
  } catch (error) {
    if (!(error instanceof Cloudflare.APIError)) throw error;
    told.error = { name: error.constructor.name, status: error.status, body: error.error };
  }
  console.log(JSON.stringify(told));
  return told.reply;
}

const start = (name, more) =>
  step(name, recordings.startRecordings(app_id, { account_id, meeting_id, ...more }));
const list = (name, query) =>
  step(name, recordings.getRecordings(app_id, { account_id, meeting_id, ...query }));
const active = (name) => step(name, recordings.getActiveRecordings(meeting_id, owner));

const { id } = (await start("start", { file_name_prefix: "weekly" })).data;
const one = (name) => step(name, recordings.getOneRecording(id, owner));
const act = (action) =>
  step(action, recordings.pauseResumeStopRecording(id, { ...owner, action }));

await start("start again");
await active("active");
await one("one, running");
await act("pause");
await act("resume");
await act("stop");
await active("active after the stop");
await one("one, stopped");
await one("one, stored");

await start("second");
await start("third", { allow_multiple_recordings: true });
const upwards = { per_page: 2, sort_by: "invokedTime", sort_order: "ASC" };
await list("page 1", { ...upwards, page_no: 1 });
await list("page 2", { ...upwards, page_no: 2 });
await list("downwards", { sort_by: "invokedTime", sort_order: "DESC" });
await list("two statuses", { status: ["UPLOADED", "PAUSED"] });
await list("not expired", { expired: false });

const layers = { default: { file_name_prefix: "weekly-1", media_kind: "audio" } };
const user_ids = ["host-17", "guest-42"];
await step(
  "track",
  recordings.startTrackRecording(app_id, { account_id, meeting_id, layers, user_ids }),
);
