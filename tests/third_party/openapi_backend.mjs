// A mock made of a document by openapi-backend: it validates, and answers with what the document's
// own examples say. node openapi_backend.mjs DOCUMENT; CLAUSEWISE_NODE_MODULES says where it is.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.CLAUSEWISE_NODE_MODULES, "/"));
const { OpenAPIBackend } = require("openapi-backend");

const api = new OpenAPIBackend({ definition: process.argv[2], quick: true });
const told = (status, body) => ({ status, body });
api.register({
  notFound: () => told(404, { success: false, errors: ["no such path"] }),
  methodNotAllowed: () => told(405, { success: false, errors: ["no such method"] }),
  validationFail: (context) =>
    told(400, { success: false, errors: context.validation.errors.map((one) => one.message) }),
  notImplemented: (context) => {
    const { status, mock } = context.api.mockResponseForOperation(context.operation.operationId);
    return told(status, mock);
  },
});
await api.init();

const server = createServer((request, reply) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", async () => {
    const [path, query] = request.url.split("?");
    const body = Buffer.concat(pieces).toString("utf8") || undefined;
    const { method, headers } = request;
    let answer;
    try {
      answer = await api.handleRequest({ method, path, query, headers, body });
    } catch (error) {
      answer = told(500, { success: false, errors: [String(error.message)] });
    }
    reply.writeHead(answer.status, { "content-type": "application/json" });
    reply.end(JSON.stringify(answer.body ?? null));
  });
});
server.listen(0, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port} `);
});
