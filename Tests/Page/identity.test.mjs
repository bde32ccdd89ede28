import assert from "node:assert/strict";
import { test } from "node:test";
import { IdentityKeeper, visitorId, visitorSecret } from "../../static/js/identity.js";
import { messageKey } from "../../static/js/keys.js";
import { TabLocks } from "../../static/js/locks.js";
import { PageStorage } from "../../static/js/storage.js";
import { Area, Locks } from "./fakes.mjs";

const random = (count) => crypto.getRandomValues(new Uint8Array(count));

function keeper(area, locks) {
  return new IdentityKeeper({
    storage: new PageStorage(() => area.tab().storage),
    locks: new TabLocks(locks),
    randomBytes: random,
    settle: () => new Promise((resolve) => setImmediate(resolve)),
  });
}

test("the public id is a random UUID, the secret 256 bits as base64url", () => {
  assert.match(visitorId(random(16)), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(visitorSecret(new Uint8Array(32).fill(255)), `${"_".repeat(42)}8`);
  assert.match(visitorSecret(random(32)), /^[A-Za-z0-9_-]{43}$/);
});

test("keys are UUIDv7 and sort in the order in which they are made", () => {
  let last = null;
  for (const now of [5, 5, 5, 4, 1, 6, 6, 1_700_000_000_000, 2]) {
    const key = messageKey(now, random(8), last);
    assert.match(key, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    if (last !== null) assert.ok(key > last, `${key} after ${last}`);
    last = key;
  }
});

test("keys still sort when the counter of a millisecond is used up", () => {
  const full = "00000000-0005-7fff-8000-000000000000";
  assert.ok(messageKey(5, random(8), full) > full);
});

for (const [name, locks] of [["with locks", () => new Locks()], ["without locks", () => undefined]]) {
  test(`two tabs that make an identity at once make one, ${name}`, async () => {
    const area = new Area();
    const shared = locks();
    const [a, b] = [keeper(area, shared), keeper(area, shared)];
    const [one, other] = await Promise.all([a.ensure(), b.ensure()]);
    assert.deepEqual(one, other);
    assert.deepEqual(one, a.read());
  });

  test(`two tabs that replace a refused identity make one, ${name}`, async () => {
    const area = new Area();
    const shared = locks();
    const [a, b] = [keeper(area, shared), keeper(area, shared)];
    const refused = await a.ensure();
    const [one, other] = await Promise.all([a.renew(refused), b.renew(refused)]);
    assert.deepEqual(one, other);
    assert.notEqual(one.visitor, refused.visitor);
    assert.notEqual(one.secret, refused.secret);
  });
}

test("it is remembered that the server knows the identity", async () => {
  const one = keeper(new Area(), new Locks());
  const identity = await one.ensure();
  assert.equal(identity.welcomed, false);
  one.welcomed(identity);
  assert.equal(one.read().welcomed, true);
});

test("a welcome for an identity that was replaced meanwhile changes nothing", async () => {
  const one = keeper(new Area(), new Locks());
  const old = await one.ensure();
  await one.renew(old);
  one.welcomed(old);
  assert.equal(one.read().welcomed, false);
});

for (const kept of ["", "{", "7", "null", "{\"visitor\":\"x\",\"secret\":\"y\"}"]) {
  test(`what isn't an identity is not read as one: ${kept}`, () => {
    const area = new Area();
    area.values.set("chatbox.identity", kept);
    assert.equal(keeper(area, new Locks()).read(), null);
  });
}
