extension OperatorPage {
    /// One message as the page shows it, with what can be done to it. Foreign text only as text.
    static let messageScript = #"""
        const { bot } = document.body.dataset;
        const offered = ["👍", "✅"];

        export const element = (tag, className, content) => {
          const node = document.createElement(tag);
          if (className) node.className = className;
          if (content !== undefined) node.textContent = content;
          return node;
        };

        // Discord hides a backslash that takes a sign's meaning away; so does this page.
        const plain = (content) => content.replace(/\\([!-\/:-@\[-`{-~])/g, "$1");
        const author = (message) => message.author.global_name ?? message.author.username;

        /** A message in a few words, for buttons' names. */
        export const summary = (message) =>
          `${author(message)}: “${plain(message.content).slice(0, 60)}”`;

        /** The list item of a message; `act(action, message, emoji)` does what its buttons say. */
        export function messageItem(message, me, act) {
          const isBot = message.author.id === bot;
          const item = element("li", isBot ? "bot" : "human");
          item.dataset.message = message.id;
          item.append(head(message, isBot));
          const original = message.referenced_message;
          if (original && message.type === 19) {
            item.append(element("div", "reply", `in reply to ${summary(original)}`));
          } else if (message.type === 19) {
            item.append(element("div", "reply", "in reply to a message that was deleted"));
          }
          if (message.content) item.append(element("div", "body", plain(message.content)));
          const origin = message.type === 21 ? original?.embeds ?? [] : [];
          for (const embed of [...message.embeds, ...origin]) item.append(embedCard(embed));
          for (const what of others(message)) item.append(element("div", "hint", what));
          if (message.reactions?.length) item.append(reactions(message, act));
          if (message.type === 0 || message.type === 19) item.append(actions(message, me, act));
          return item;
        }

        function head(message, isBot) {
          const head = element("div", "head");
          head.append(element("b", "", author(message)));
          if (isBot) head.append(element("span", "tag", "APP"));
          const time = element("time", "", new Date(message.timestamp).toLocaleString());
          time.dateTime = message.timestamp;
          head.append(time);
          if (message.edited_timestamp) head.append(element("span", "hint", "(edited)"));
          return head;
        }

        // What this page has no picture of.
        function others(message) {
          const snapshots = message.message_snapshots ?? [];
          return [
            ...message.attachments.map((file) => `file: ${file.filename}`),
            ...(message.sticker_items ?? []).map((sticker) => `sticker: ${sticker.name}`),
            ...(message.poll ? [`poll: ${message.poll.question.text}`] : []),
            ...snapshots.map((snapshot) => `forwarded: ${snapshot.message.content}`),
          ];
        }

        function button(className, label, name, action, press) {
          const node = element("button", className, label);
          node.type = "button";
          node.dataset.action = action;
          node.setAttribute("aria-label", name);
          node.addEventListener("click", press);
          return node;
        }

        function reactions(message, act) {
          const row = element("div", "reactions");
          for (const { emoji, count, me } of message.reactions) {
            const node = button("", `${emoji.name} ${count}`,
              `${emoji.name} ${count}, on ${summary(message)}`, `toggle ${emoji.name}`,
              () => act(me ? "unreact" : "react", message, emoji.name));
            node.setAttribute("aria-pressed", String(me));
            row.append(node);
          }
          return row;
        }

        function actions(message, me, act) {
          const row = element("div", "actions");
          const add = (label, action) => row.append(button(
            "quiet", label, `${label} ${summary(message)}`, action, () => act(action, message)));
          add("Reply", "reply");
          if (author(message) === me && message.author.id !== bot) add("Edit", "edit");
          add("Delete", "delete");
          const given = new Set((message.reactions ?? []).map((reaction) => reaction.emoji.name));
          for (const emoji of offered.filter((one) => !given.has(one))) {
            row.append(button("quiet", emoji, `React ${emoji} to ${summary(message)}`,
              `react ${emoji}`, () => act("react", message, emoji)));
          }
          return row;
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

        """#
}
