extension OperatorPage {
    /// Reads and writes over the same REST paths as a bot; a long poll tells when to look again.
    static let javaScript = #"""
        const { guild, forum, bot } = document.body.dataset;
        const api = "/api/v10";
        const $ = (id) => document.getElementById(id);
        const list = $("posts"), log = $("messages"), text = $("text"), send = $("send");
        const status = $("status"), name = $("name"), title = $("title");

        let open = decodeURIComponent(location.hash.slice(1)) || null;
        let posts = [];
        let newest = null;
        const seen = new Map();

        const element = (tag, className, content) => {
          const node = document.createElement(tag);
          if (className) node.className = className;
          if (content !== undefined) node.textContent = content;
          return node;
        };

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
          const [active, archived] = await Promise.all([
            call("GET", `/guilds/${guild}/threads/active`),
            call("GET", `/channels/${forum}/threads/archived/public?limit=100`),
          ]);
          const latest = (post) => BigInt(post.last_message_id ?? post.id);
          posts = [...active.threads, ...archived.threads];
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
            const count = post.message_count + 1;
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
          document.body.classList.toggle("open", Boolean(current));
        }

        async function choose(id) {
          open = id;
          newest = null;
          log.replaceChildren();
          location.hash = id ?? "";
          showPosts();
          await loadMessages();
          if (id) text.focus();
        }

        async function loadMessages() {
          const id = open;
          if (!id) return;
          for (;;) {
            // From the beginning, page by page: a post shows all that was said in it.
            const query = `after=${newest ?? 0}&limit=100`;
            const page = await call("GET", `/channels/${id}/messages?${query}`);
            if (id !== open) return;
            const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
            const wasEmpty = !newest;
            for (const message of page.reverse()) {
              // Two loads may overlap: each message is shown once, in order.
              if (newest && BigInt(message.id) <= BigInt(newest)) continue;
              log.append(messageItem(message));
              newest = message.id;
            }
            if (atEnd || wasEmpty) log.scrollTop = log.scrollHeight;
            if (page.length < 100) return;
          }
        }

        // Discord hides a backslash that takes a sign's meaning away; so does this page.
        const shown = (content) => content.replace(/\\([!-\/:-@\[-`{-~])/g, "$1");

        function messageItem(message) {
          const isBot = message.author.id === bot;
          const item = element("li", isBot ? "bot" : "human");
          item.dataset.message = message.id;
          const head = element("div", "head");
          head.append(element("b", "", message.author.global_name ?? message.author.username));
          if (isBot) head.append(element("span", "tag", "APP"));
          const time = element("time", "", new Date(message.timestamp).toLocaleString());
          time.dateTime = message.timestamp;
          head.append(time);
          item.append(head);
          if (message.referenced_message) {
            const quoted = message.referenced_message.content.slice(0, 80);
            item.append(element("div", "reply", `in reply to “${quoted}”`));
          }
          if (message.content) item.append(element("div", "body", shown(message.content)));
          for (const embed of message.embeds) item.append(embedCard(embed));
          return item;
        }

        function embedCard(embed) {
          const card = element("div", "embed");
          if (embed.author?.name) card.append(element("div", "hint", embed.author.name));
          if (embed.title) card.append(element("b", "", embed.title));
          if (embed.description) card.append(element("div", "", embed.description));
          if (embed.fields?.length) {
            const fields = element("dl");
            for (const field of embed.fields) {
              fields.append(element("dt", "", field.name), element("dd", "", field.value));
            }
            card.append(fields);
          }
          if (embed.footer?.text) card.append(element("footer", "", embed.footer.text));
          return card;
        }

        let isSending = false;
        async function submit() {
          const content = text.value;
          if (isSending || !content.trim() || !open) return;
          isSending = true;
          send.disabled = true;
          // The same nonce for every try: a lost answer doesn't make a second message.
          const nonce = String(Date.now()) + String(Math.floor(Math.random() * 1e6));
          try {
            for (let attempt = 0; ; attempt += 1) {
              try {
                await call("POST", `/channels/${open}/messages`,
                  { content, nonce, enforce_nonce: true });
                break;
              } catch (error) {
                if (!(error instanceof TypeError) || attempt > 30) throw error;
                status.textContent = "The sandbox can't be reached; trying again …";
                await new Promise((done) => setTimeout(done, 500));
              }
            }
            if (text.value === content) text.value = "";
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
        text.addEventListener("keydown", (event) => {
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
            revision = (await answer.json()).revision;
          } catch {
            isLost = true;
            revision = 0;
            status.textContent = "The sandbox can't be reached; trying again …";
            await new Promise((done) => setTimeout(done, 1000));
          }
        }

        """#
}
