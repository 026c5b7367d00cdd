// graphql-http's audits of a server, as JSON lines: {"id", "name", "status": "ok" | "notice" | "warn" | "error", "reason"}.
//   node audits.mjs '{"url": "http://127.0.0.1:8000/graphql"}'
import { auditServer } from 'graphql-http';

const { url } = JSON.parse(process.argv[2]);
for (const { id, name, status, reason } of await auditServer({ url })) {
  console.log(JSON.stringify({ id, name, status, reason }));
}
