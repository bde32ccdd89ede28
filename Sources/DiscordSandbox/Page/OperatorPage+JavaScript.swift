extension OperatorPage {
    /// Reads and writes over the same REST paths as a bot; a long poll tells when to look again.
    static let javaScript = #"""
        import { element, messageItem, summary } from "/sandbox/message.js";

        const { guild, forum, text: textChannel } = document.body.dataset;
        const api = "/api/v10";
        const $ = (id) => document.getElementById(id);
        const list = $("posts"), log = $("messages"), text = $("text"), send = $("send");
        const status = $("status"), name = $("name"), title = $("title");

        let open = decodeURIComponent(location.hash.slice(1)) || null;
        let posts = [];
        // What is shown of the open post: each message's JSON and item, oldest first.
        const shown = new Map();
        // What the composer does with its text: nothing special, an answer, or an edit.
        let purpose = { kind: "write" };
        const seen = new Map();

        const remembered = () => { try { return localStorage.getItem("name"); } catch { return null; } };
        name.value = remembered() || "Operator";
        name.addEventListener("change", () => {
          name.value = name.value.trim() || "Operator";
          try { localStorage.setItem("name", name.value); } catch { /* kept for this page only */ }
        });

        async function call(method, path, body) {
          const who = encodeURIComponent(name.value.trim() || "Operator");
          const headers = { Authorization: `Operator ${who}` };
          if (body) headers["Content-Type"] = "application/json";
          const answer = await fetch(api + path, {
            method, headers, cache: "no-store", body: body && JSON.stringify(body),
          });
          const json = answer.status === 204 ? null : await answer.json();
          if (!answer.ok) throw new Error(json?.message ?? `${answer.status}`);
          return json;
        }

        async function loadPosts() {
          const archived = (channel) =>
            call("GET", `/channels/${channel}/threads/archived/public?limit=100`)
              // A channel that a test took away has none.
              .catch((error) => { if (error instanceof TypeError) throw error; return { threads: [] }; });
          const lists = await Promise.all([
            call("GET", `/guilds/${guild}/threads/active`), archived(forum), archived(textChannel),
          ]);
          const latest = (post) => BigInt(post.last_message_id ?? post.id);
          posts = lists.flatMap((list) => list.threads);
          posts.sort((a, b) => (latest(a) < latest(b) ? 1 : latest(a) > latest(b) ? -1 : 0));
          showPosts();
        }

        const rows = new Map();
        function postItem(id) {
          if (rows.has(id)) return rows.get(id);
          const item = element("li"), button = element("button");
          button.type = "button";
          button.dataset.post = id;
          button.append(element("strong"), element("span", "hint"));
          button.addEventListener("click", () => choose(id));
          item.append(button);
          rows.set(id, item);
          return item;
        }

        function showPosts() {
          $("no-posts").hidden = posts.length > 0;
          const focused = document.activeElement?.dataset?.post;
          const items = posts.map((post) => {
            const item = postItem(post.id), button = item.firstChild;
            const state = post.thread_metadata.archived ? "closed, " : "";
            const count = post.message_count + (post.parent_id === forum ? 1 : 0);
            button.firstChild.textContent = post.name;
            button.lastChild.textContent = `${state}${count} message${count === 1 ? "" : "s"}`;
            const isOpen = post.id === open;
            const isNew = !isOpen && seen.has(post.id) && seen.get(post.id) !== post.last_message_id;
            if (isOpen) button.setAttribute("aria-current", "true");
            else button.removeAttribute("aria-current");
            button.classList.toggle("new", isNew);
            if (!isNew) seen.set(post.id, post.last_message_id);
            return item;
          });
          // Only what changed is moved: a button that is replaced between a press and its release
          // would swallow the click.
          const isSame = items.length === list.children.length
            && items.every((item, index) => item === list.children[index]);
          if (!isSame) list.replaceChildren(...items);
          if (focused) list.querySelector(`[data-post="${focused}"]`)?.focus();
          const current = posts.find((post) => post.id === open);
          title.textContent = current?.name ?? "Choose a post";
          text.disabled = send.disabled = !current;
          $("post-controls").hidden = !current;
          $("close").textContent = current?.thread_metadata.archived ? "Reopen" : "Close";
          document.body.classList.toggle("open", Boolean(current));
        }

        async function choose(id) {
          open = id;
          shown.clear();
          log.replaceChildren();
          setPurpose({ kind: "write" });
          resetDelete();
          location.hash = id ?? "";
          showPosts();
          showTyping();
          await loadMessages();
          if (id) text.focus();
        }

        async function loadMessages() {
          const id = open;
          if (!id) return;
          const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80 || !shown.size;
          for (;;) {
            // From the beginning, page by page: a post shows all that was said in it.
            const newest = [...shown.keys()].at(-1) ?? "0";
            const page = await call("GET", `/channels/${id}/messages?after=${newest}&limit=100`);
            if (id !== open) return;
            for (const message of page.reverse()) show(message);
            if (page.length < 100) break;
          }
          await refresh(id);
          if (atEnd && id === open) log.scrollTop = log.scrollHeight;
        }

        // Edits, reactions and deletions among the newest hundred.
        async function refresh(id) {
          const page = await call("GET", `/channels/${id}/messages?limit=100`);
          if (id !== open) return;
          const oldest = page.length < 100 ? 0n : BigInt(page.at(-1).id);
          const there = new Set(page.map((message) => message.id));
          for (const [known, { item }] of shown) {
            if (BigInt(known) < oldest || there.has(known)) continue;
            item.remove();
            shown.delete(known);
          }
          for (const message of page.reverse()) show(message);
        }

        function show(message) {
          const json = JSON.stringify(message), known = shown.get(message.id);
          if (known?.json === json) return;
          const item = messageItem(message, name.value.trim(), act);
          if (known) {
            // Whoever stands on a button stays there.
            const action = known.item.contains(document.activeElement)
              ? document.activeElement.dataset.action : undefined;
            known.item.replaceWith(item);
            if (action) item.querySelector(`[data-action="${CSS.escape(action)}"]`)?.focus();
          } else {
            log.append(item);
          }
          shown.set(message.id, { json, item });
        }

        async function act(action, message, emoji) {
          const path = `/channels/${message.channel_id}/messages/${message.id}`;
          if (action === "reply" || action === "edit") {
            setPurpose({ kind: action, message });
            if (action === "edit") text.value = message.content;
            text.focus();
            return;
          }
          const reaction = `${path}/reactions/${encodeURIComponent(emoji ?? "")}/@me`;
          const asked = {
            delete: ["DELETE", path], react: ["PUT", reaction], unreact: ["DELETE", reaction],
          }[action];
          await attempt(() => call(...asked));
        }

        function setPurpose(next) {
          if (purpose.kind === "edit" && next.kind !== "edit") text.value = "";
          purpose = next;
          $("context").hidden = next.kind === "write";
          if (next.kind === "write") return;
          const verb = next.kind === "edit" ? "Editing" : "Replying to";
          $("context").firstElementChild.textContent = `${verb} ${summary(next.message)}`;
        }

        async function attempt(action) {
          try {
            await action();
            status.textContent = "";
            await loadPosts();
            await loadMessages();
          } catch (error) {
            status.textContent = `Refused: ${error.message}`;
          }
        }

        let isSending = false;
        async function submit() {
          const content = text.value;
          if (isSending || !content.trim() || !open) return;
          isSending = true;
          send.disabled = true;
          // The same nonce for every try: a lost answer doesn't make a second message.
          const { kind, message } = purpose, path = `/channels/${open}/messages`;
          const nonce = String(Date.now()) + String(Math.floor(Math.random() * 1e6));
          try {
            for (let attempt = 0; ; attempt += 1) {
              try {
                if (kind === "edit") await call("PATCH", `${path}/${message.id}`, { content });
                else {
                  const body = { content, nonce, enforce_nonce: true };
                  if (kind === "reply") body.message_reference = { message_id: message.id };
                  await call("POST", path, body);
                }
                break;
              } catch (error) {
                if (!(error instanceof TypeError) || attempt > 30) throw error;
                status.textContent = "The sandbox can't be reached; trying again …";
                await new Promise((done) => setTimeout(done, 500));
              }
            }
            if (text.value === content) text.value = "";
            setPurpose({ kind: "write" });
            status.textContent = "";
            await loadMessages();
          } catch (error) {
            status.textContent = `Not sent: ${error.message}`;
          } finally {
            isSending = false;
            send.disabled = !open;
          }
        }

        $("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
        $("cancel").addEventListener("click", () => { setPurpose({ kind: "write" }); text.focus(); });
        text.addEventListener("keydown", (event) => {
          if (event.key === "Escape") setPurpose({ kind: "write" });
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          submit();
        });
        let typedAt = 0;
        text.addEventListener("input", () => {
          if (!open || Date.now() - typedAt < 8000) return;
          typedAt = Date.now();
          call("POST", `/channels/${open}/typing`).catch(() => { /* typing may be lost */ });
        });
        $("close").addEventListener("click", () => attempt(() => {
          const isArchived = posts.find((post) => post.id === open)?.thread_metadata.archived;
          return call("PATCH", `/channels/${open}`, { archived: !isArchived });
        }));
        // The first press asks, the second deletes.
        const deletePost = $("delete-post");
        function resetDelete() { deletePost.textContent = "Delete post"; }
        deletePost.addEventListener("blur", resetDelete);
        deletePost.addEventListener("click", () => {
          if (deletePost.textContent === "Delete post") {
            deletePost.textContent = "Really delete this post?";
            return;
          }
          const id = open;
          attempt(async () => { await call("DELETE", `/channels/${id}`); await choose(null); });
        });

        let typing = [], typingTimer;
        function showTyping() {
          clearTimeout(typingTimer);
          // Ten seconds, as in Discord.
          const now = Date.now(), mine = name.value.trim();
          const current = typing.filter((one) => one.at > now - 10000);
          const here = current.filter((one) => one.channel === open && one.name !== mine);
          const names = [...new Set(here.map((one) => (one.bot ? "The visitor" : one.name)))];
          const verb = names.length > 1 ? "are" : "is";
          $("typing").textContent = names.length ? `${names.join(" and ")} ${verb} typing …` : "";
          if (current.length) typingTimer = setTimeout(showTyping, 1000);
        }
        $("back").addEventListener("click", () => choose(null));
        addEventListener("hashchange", () => {
          const id = decodeURIComponent(location.hash.slice(1)) || null;
          if (id !== open) choose(id);
        });

        let revision = 0, isLost = false;
        for (;;) {
          try {
            await loadPosts();
            await loadMessages();
            if (isLost) status.textContent = "";
            isLost = false;
            const answer = await fetch(`/sandbox/events?after=${revision}`, { cache: "no-store" });
            ({ revision, typing } = await answer.json());
            showTyping();
          } catch {
            isLost = true;
            revision = 0;
            status.textContent = "The sandbox can't be reached; trying again …";
            await new Promise((done) => setTimeout(done, 1000));
          }
        }

        """#
}
