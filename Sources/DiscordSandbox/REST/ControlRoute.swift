import StrictJSON

/// What Discord doesn't have: a look inside, and everything that Discord's own pages change, for
/// tests. Bodies are JSON objects; what a body doesn't name stays as it is unless said otherwise. A
/// wrong body is answered 400 with a sentence, and changes nothing.
///
/// What the world remembers (permissions, roles, members, channels, application) survives a restart
/// of the sandbox; faults, limits and the gateway's settings don't.
///
/// **Looks.** `GET /sandbox/state` counts what happened (`requests` by route, `rate_limited`,
/// `identifies`, `resumes`, `resumes_refused`, `connections`, `sessions`, `close_codes` that clients
/// closed with, `token_resets`, `threads`, `messages`) and shows who types (`typing`) and all
/// settings (`application`, `gateway`, `limits`, `faults`). `GET /sandbox/events?after=REVISION`
/// waits up to 25 s for a higher revision: `{"revision": N, "typing": […]}`.
///
/// **`POST /sandbox/gateway`** does something to every connection, once; 204.
/// - `{"action": "drop"}` cuts TCP; `"forget"` does too, and no session can be resumed.
/// - `{"action": "reconnect"}` is op 7, `"heartbeat"` op 1.
/// - `{"action": "invalidate", "resumable": false}` is op 9; false also ends the sessions.
/// - `{"action": "close", "code": 4000}`: 1000, 1001, 3000…4999. 1000, 1001, 4003, 4004, 4007, 4009
///   and 4010…4014 also end the sessions.
/// - `{"action": "dispatch", "t": "NAME", "d": {…}}` tells every session an event, numbered and kept.
///
/// **`PATCH /sandbox/gateway`** changes how it behaves; 200 with all settings, as `GET`; `DELETE` sets
/// them as in the beginning.
/// - `"acknowledges": false` leaves heartbeats unanswered.
/// - `"delivers": false` numbers and keeps events without sending them.
/// - `"greeting": "hello" | "reconnect" | "none"`: what a new connection hears first.
/// - `"resume_events": 0…100000` that a session keeps; `"session_seconds"` that it outlives its
///   connection; `"heartbeat_ms": 10…600000`, for new connections.
/// - `"identify_seconds": 0…3600`: a second IDENTIFY within is answered op 9 with false. 0, as in the
///   beginning, allows all; Discord's is 5.
/// - `"session_starts": {"total": 1000, "remaining": N, "reset_after_ms": N}`. An IDENTIFY beyond it
///   ends every session, and the token is revoked.
///
/// **`PUT /sandbox/permissions`** `{"channel": ID, "who": WHO, "allow": […], "deny": […]}` sets the
/// overwrite of one role or member in a channel (the forum if it isn't named), taking it away where
/// both lists are empty or missing. WHO is `"bot"`, `"everyone"`, a role's name or id, or
/// `{"operator": NAME}`. Names are Discord's, such as `VIEW_CHANNEL`: see `Permissions.named`. 200
/// with what WHO may do then: `{"permissions": [names]}`, for a role without its members' others.
///
/// **`PUT /sandbox/roles/{NAME}`** `{"permissions": […], "mentionable": bool}` makes or changes a role;
/// 200 with it. `DELETE` takes it away; 204. @everyone and the bot's own stay.
///
/// **`PUT /sandbox/members/{NAME}`** `{"roles": [names or ids], "nick": TEXT or null, "bot": bool,
/// "avatar": HASH or null, "guild_avatar": HASH or null}` makes or changes an operator, who has the role
/// Team unless told otherwise; 200 with the member. Pictures are PNGs of one colour at
/// `/cdn/avatars/{user}/{HASH}.png` and `/cdn/guilds/{guild}/users/{user}/avatars/{HASH}.png`.
///
/// **`PUT /sandbox/application`** `{"message_content": bool, "token": "valid" | "revoked"}`; 200 with
/// both. Without the intent, IDENTIFY and RESUME with it close 4014, so do live connections that have
/// it unless `"closes": false`, and others' messages are empty by REST and gateway. A revoked token is
/// answered 401, and every connection closes 4004.
///
/// **`DELETE /sandbox/channels/{ID}`** removes the forum or the text channel with its threads; `PUT` makes
/// it again, empty. 204.
///
/// **`PUT /sandbox/limits`** `{"active_threads": 1000, "messages": "5/5", "global": "50/1", "renames":
/// "2/600"}`: requests/seconds, `"0"` for none. 200 with all.
///
/// **`POST /sandbox/faults`** breaks answers; 200 with the fault; `DELETE` ends all; 204.
/// - `"route"`: `POST /channels/{channel}/messages` as in `RESTRoute`, or `*` for all, `GET *`,
///   `* /channels/{channel}/*`.
/// - `"count"`: how many it meets (1); `"skip"`: how many pass before (0); `"caller": "bot" |
///   "operator"`; `"channel"`: only this one's.
/// - `"status"` (500): 0 cuts the connection, 200 leaves the real answer (for `delay_ms` and `cut`).
/// - `"after_effect": true`: the request takes effect before its answer is lost.
/// - `"delay_ms"`: the answer waits. `"cut"`: only so many bytes of the answer's body are sent.
/// - `"body"`: answered in place of Discord's sentence; a text is sent as `text/html`.
/// - For 429: `"retry_after"` seconds, `"scope": "user" | "shared" | "global"`. `"headers": {…}` are
///   added to the answer.
///
/// **Messages.** A person's `POST …/messages` takes more than a bot's: see `OperatorExtras.swift`.
enum ControlRoute: String, CaseIterable, Sendable {
    case state = "GET /sandbox/state"
    case addFault = "POST /sandbox/faults"
    case clearFaults = "DELETE /sandbox/faults"
    case gatewayAction = "POST /sandbox/gateway"
    case gateway = "GET /sandbox/gateway"
    case changeGateway = "PATCH /sandbox/gateway"
    case resetGateway = "DELETE /sandbox/gateway"
    case permissions = "PUT /sandbox/permissions"
    case role = "PUT /sandbox/roles/{name}"
    case deleteRole = "DELETE /sandbox/roles/{name}"
    case member = "PUT /sandbox/members/{name}"
    case application = "PUT /sandbox/application"
    case restoreChannel = "PUT /sandbox/channels/{name}"
    case deleteChannel = "DELETE /sandbox/channels/{name}"
    case limits = "PUT /sandbox/limits"

    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    var method: String { String(self.rawValue.prefix { $0 != " " }) }

    /// The path, with its parameter in braces.
    var path: String { String(self.rawValue.drop { $0 != "/" }) }
}
