/** What the catalogue's images do: servers answer, databases say what they miss, the rest says that it is not modelled. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadCatalogue, runContainer } from "../src/runtime/index.ts";

const data = JSON.parse(readFileSync(new URL("../assets/images.json", import.meta.url), "utf8"));
const catalogue = loadCatalogue(data);

/** `script` runs in busybox' shell beside nothing else; the image's own server is started by it. */
function sh(image: string, script: string) {
  const ran = runContainer({ catalogue, image, command: ["sh", "-c", script], maxMs: 120_000 });
  assert.ok(ran.ok, ran.ok ? "" : ran.message);
  return ran;
}

const NGINX = `
mkdir -p /srv/a; echo front > /srv/index.html; echo inner > /srv/a/x.txt
printf 'me:{PLAIN}secret\\nyou:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\\n' > /etc/nginx/keys
cat > /etc/nginx/conf.d/default.conf <<'CONF'
upstream back { server 127.0.0.1:81; }
server {
  listen 80;
  root /srv;
  error_page 404 /missing.html;
  location / { index index.html; }
  location /list/ { alias /srv/a/; autoindex on; }
  location /old { return 301 /new; }
  location /said { return 200 "said $request_method\\n"; add_header X-Side left; }
  location /back/ { proxy_pass http://back/; }
  location /status { stub_status; }
  location /locked/ { alias /srv/; auth_basic "keys"; auth_basic_user_file keys; }
}
server { listen 81; location / { return 200 "behind $uri\\n"; } }
CONF
nginx -g 'daemon off;' > /tmp/log 2>&1 &
sleep 1
get() { wget -qO- "$@" 2>&1; }
`;

const nginxCases: readonly (readonly [script: string, expected: string | RegExp])[] = [
  ["get http://127.0.0.1/", "front\n"],
  ["get http://127.0.0.1/list/ | grep -o 'href=\"x.txt\"'", 'href="x.txt"\n'],
  ["get http://127.0.0.1/list/x.txt", "inner\n"],
  ["get http://127.0.0.1/said", "said GET\n"],
  ["wget -S -qO /dev/null http://127.0.0.1/said 2>&1 | grep -o 'X-Side: left'", "X-Side: left\n"],
  ["get http://127.0.0.1/back/some/where", "behind /some/where\n"],
  ["get http://127.0.0.1/status | head -1", "Active connections: 1 \n"],
  ["get http://127.0.0.1/nowhere", "wget: server returned error: HTTP/1.1 404 Not Found\n"],
  ["get http://127.0.0.1/locked/", "wget: server returned error: HTTP/1.1 401 Unauthorized\n"],
  ["curl -s -u me:secret http://127.0.0.1/locked/index.html", "front\n"],
  ["curl -s -u you:password http://127.0.0.1/locked/index.html", "front\n"],
  ["curl -s -o /dev/null -w '%{http_code}\\n' -u me:wrong http://127.0.0.1/locked/", "401\n"],
  ["curl -sI http://127.0.0.1/old | grep -i location | tr -d '\\r'", "Location: http://127.0.0.1/new\n"],
  ["echo changed > /srv/index.html; nginx -s reload 2> /dev/null; sleep 1; get http://127.0.0.1/", "changed\n"],
  [
    "nginx -s quit 2> /dev/null; sleep 1; get http://127.0.0.1/",
    "wget: can't connect to remote host (127.0.0.1): Connection refused\n",
  ],
];

for (const [script, expected] of nginxCases) {
  test(`nginx: ${script}`, () => {
    const ran = sh("nginx", NGINX + script);
    if (typeof expected === "string") assert.equal(ran.stdout, expected);
    else assert.match(ran.stdout, expected);
  });
}

const servers: readonly (readonly [image: string, start: string, script: string, expected: string])[] = [
  [
    "redis",
    "redis-server > /dev/null &",
    "redis-cli set a 1; redis-cli incr a; redis-cli ping; redis-cli lpush l x y; redis-cli keys '*' | sort",
    "OK\n2\nPONG\n2\na\nl\n",
  ],
  [
    "redis",
    "redis-server > /dev/null &",
    "printf 'PING\\r\\nQUIT\\r\\n' | nc 127.0.0.1 6379 | head -1 | tr -d '\\r'",
    "+PONG\n",
  ],
  [
    "mysql",
    "MYSQL_ROOT_PASSWORD=x docker-entrypoint.sh mysqld > /dev/null 2>&1 &",
    "mysqladmin ping 2>/dev/null || echo no; sleep 30; mysqladmin ping",
    "no\nmysqld is alive\n",
  ],
  [
    "mariadb",
    "MARIADB_ROOT_PASSWORD=x docker-entrypoint.sh mariadbd > /dev/null 2>&1 &",
    "sleep 30; mariadb-admin ping",
    "mysqld is alive\n",
  ],
  [
    "postgres",
    "POSTGRES_PASSWORD=x docker-entrypoint.sh postgres > /dev/null 2>&1 &",
    "sleep 10; pg_isready; psql -tAc 'select 1'",
    "/var/run/postgresql:5432 - accepting connections\n1\n",
  ],
];

for (const [image, start, script, expected] of servers) {
  test(`${image}: ${script}`, () => {
    assert.equal(sh(image, `${start} sleep 1; ${script}`).stdout, expected);
  });
}

test("databases end when they are not told a password", () => {
  for (const [image, said] of [
    ["mysql", "MYSQL_ROOT_PASSWORD"],
    ["mariadb", "MARIADB_ROOT_PASSWORD"],
    ["postgres", "You must specify POSTGRES_PASSWORD"],
  ] as const) {
    const ran = runContainer({ catalogue, image, command: [] });
    assert.ok(ran.ok && ran.exitCode === 1 && ran.stderr.includes(said), image);
  }
});

test("programs that are not modelled say so when they are asked", () => {
  for (const image of ["haproxy", "memcached", "perl", "debian", "fluent/fluentd", "mongo"]) {
    const ran = runContainer({ catalogue, image, command: [] });
    assert.ok(ran.ok && ran.exitCode === 1, image);
    assert.match(ran.stderr, /^\S+: not modelled by this simulator\n$/);
  }
});

test("each image's base, entrypoint and command exist", () => {
  for (const { repository, tags, base, entrypoint = [], cmd = [] } of data.images) {
    assert.ok(base === undefined || Object.hasOwn(data.bases, base), repository);
    assert.ok(tags.length > 0, repository);
    assert.ok(entrypoint.length + cmd.length > 0, repository);
  }
});
