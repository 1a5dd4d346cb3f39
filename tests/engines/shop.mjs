// A shop in Express: its queries are read by qs, its cookies by cookie-parser, its forms by
// body-parser. Breaches are named on the command line.
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.CLAUSEWISE_NODE_MODULES, "index.js"));
const express = require("express");
const cookies = require("cookie-parser");

const breaches = new Set(process.argv.slice(2));
const app = express();
app.set("query parser", "extended");
app.use(cookies());

const whole = (text, least, most) =>
  typeof text === "string" && /^-?\d+$/.test(text) && +text >= least && +text <= most;
// JSON Schema counts characters, JavaScript halves of them.
const long = (text) => [...text].length;
const among = (text, ...values) => values.includes(text);
const refuse = (reply, what) => reply.status(400).json({ error: what });

app.get("/goods", (request, reply) => {
  const { filter, tags, sort, page, ...others } = request.query;
  if (filter !== undefined) {
    if (typeof filter !== "object" || Array.isArray(filter)) return refuse(reply, "filter");
    for (const [name, value] of Object.entries(filter)) {
      if (name === "color" && among(value, "red", "blue", "dark green")) continue;
      if (name === "size" && whole(value, 1, breaches.has("any size") ? 1e9 : 60)) continue;
      if (name === "name" && typeof value === "string" && long(value) <= 12) continue;
      return refuse(reply, `filter[${name}]`);
    }
  }
  if (tags !== undefined) {
    const listed = Array.isArray(tags) ? tags : [tags];
    if (listed.length > 3 || !listed.every((tag) => /^[a-z]{2,8}$/.test(tag))) {
      return refuse(reply, "tags");
    }
  }
  if (sort !== undefined && !(sort.split("|").every((key) => among(key, "name", "price")))) {
    return refuse(reply, "sort");
  }
  if (page !== undefined && !whole(page, 1, 1000)) return refuse(reply, "page");
  const { theme, visits } = request.cookies;
  if (theme !== undefined && !breaches.has("any theme") && !among(theme, "dark", "light")) {
    return refuse(reply, "theme");
  }
  if (!whole(visits, 0, 99)) return refuse(reply, "visits");
  reply.set("X-Total", breaches.has("no total") ? "many" : "1");
  reply.cookie("seen", "1", { path: "/" });
  reply.json([{ name: "kettle", price: 12.5 }]);
});

app.post("/orders", express.urlencoded({ extended: true }), (request, reply) => {
  if (!request.is("application/x-www-form-urlencoded")) return reply.status(415).json({ error: "?" });
  const { good, count, gift, address } = request.body ?? {};
  if (typeof good !== "string" || long(good) < 1 || long(good) > 30) return refuse(reply, "good");
  if (!whole(count, 1, 20)) return refuse(reply, "count");
  if (gift !== undefined && !among(gift, "true", "false")) return refuse(reply, "gift");
  if (address !== undefined) {
    if (typeof address !== "object" || Array.isArray(address)) return refuse(reply, "address");
    if (typeof address.city !== "string" || long(address.city) < 2) return refuse(reply, "city");
    if (address.zip !== undefined && !/^\d{4,5}$/.test(address.zip)) return refuse(reply, "zip");
  }
  reply.status(201).json({ number: 7, count: +count });
});

const server = app.listen(0, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port} `);
});
