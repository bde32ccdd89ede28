extension OperatorPage {
    /// The skeleton; everything foreign is put in by the script, as text.
    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <meta name="color-scheme" content="light dark">
          <title>Discord sandbox</title>
          <link rel="stylesheet" href="/sandbox/page.css">
          <script type="module" src="/sandbox/page.js"></script>
        </head>
        <body data-guild="\(Fixture.guild)" data-forum="\(Fixture.forum)" data-bot="\(Fixture.bot)">
          <nav class="posts" aria-label="Posts">
            <header>
              <h1>website-chats</h1>
              <p class="hint">discord-sandbox: a local stand-in for Discord</p>
            </header>
            <ul id="posts"></ul>
            <p id="no-posts" class="hint" hidden>No posts yet. A visitor's first message makes one.</p>
          </nav>
          <main>
            <header class="bar">
              <button id="back" type="button">All posts</button>
              <h2 id="title">Choose a post</h2>
              <label class="name">You are <input id="name" maxlength="32" autocomplete="nickname"
                spellcheck="false"></label>
            </header>
            <ol id="messages" role="log" aria-label="Messages" tabindex="0"></ol>
            <p id="status" role="status" class="hint"></p>
            <form id="composer" autocomplete="off">
              <textarea id="text" aria-label="Message" rows="1" maxlength="2000" disabled
                placeholder="Write to the visitor"></textarea>
              <button id="send" type="submit" disabled>Send</button>
            </form>
          </main>
        </body>
        </html>

        """
}
