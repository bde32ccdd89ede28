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
        <body data-guild="\(Fixture.guild)" data-forum="\(Fixture.forum)" data-text="\(Fixture.text)"
          data-bot="\(Fixture.bot)">
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
              <span id="post-controls" role="group" aria-label="This post" hidden>
                <button id="close" type="button" class="quiet">Close</button>
                <button id="delete-post" type="button" class="quiet">Delete post</button>
              </span>
              <label class="name">You are <input id="name" maxlength="32" autocomplete="nickname"
                spellcheck="false"></label>
            </header>
            <ol id="messages" role="log" aria-label="Messages" tabindex="0"></ol>
            <div class="lines">
              <p id="typing" class="hint" aria-live="polite"></p>
              <p id="status" role="status" class="hint"></p>
              <p id="context" class="hint" hidden><span></span>
                <button id="cancel" type="button" class="quiet">Cancel</button></p>
            </div>
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
