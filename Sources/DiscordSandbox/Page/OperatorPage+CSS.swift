extension OperatorPage {
    /// Calm, readable, in the light and in the dark, on wide and narrow screens.
    static let css = """
        :root {
          --back: #f6f7f9; --card: #ffffff; --line: #e1e4ea; --text: #1f2430; --soft: #667085;
          --accent: #4752c4; --on-accent: #ffffff; --visitor: #eef0fb; --operator: #e7f5ec;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --back: #16181d; --card: #1f2229; --line: #323743; --text: #e8eaf0; --soft: #9aa3b5;
            --accent: #8b95f6; --on-accent: #12141c; --visitor: #272b3d; --operator: #1f3329;
          }
        }
        * { box-sizing: border-box; }
        html, body { height: 100%; margin: 0; }
        body {
          display: grid; grid-template-columns: minmax(15rem, 20rem) 1fr; background: var(--back);
          color: var(--text); font: 16px/1.5 system-ui, sans-serif;
        }
        [hidden] { display: none !important; }
        h1, h2 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
        .hint { color: var(--soft); font-size: .85rem; margin: 0; }
        .posts { background: var(--card); border-right: 1px solid var(--line); overflow-y: auto; }
        .posts > header, .posts > p { padding: 1rem; }
        .posts ul { list-style: none; margin: 0; padding: 0 .5rem 1rem; }
        .posts button {
          width: 100%; text-align: start; background: none; color: inherit; font: inherit;
          border: 0; border-radius: .5rem; padding: .6rem .75rem; cursor: pointer;
        }
        .posts button:hover { background: var(--back); }
        .posts button[aria-current="true"] { background: var(--visitor); }
        .posts strong { display: block; font-weight: 600; overflow-wrap: anywhere; }
        .posts .new strong::after { content: " ●"; color: var(--accent); }
        main { display: grid; grid-template-rows: auto 1fr auto auto; min-width: 0; min-height: 0; }
        .bar {
          display: flex; gap: 1rem; align-items: center; padding: .75rem 1rem;
          border-bottom: 1px solid var(--line); background: var(--card);
        }
        .bar h2 { flex: 1; }
        .name { color: var(--soft); font-size: .85rem; white-space: nowrap; }
        input, textarea {
          font: inherit; color: var(--text); background: var(--back); border: 1px solid var(--line);
          border-radius: .5rem; padding: .4rem .6rem;
        }
        .name input { width: 9rem; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        #back { display: none; }
        #messages { list-style: none; margin: 0; padding: 1rem; overflow-y: auto; }
        #messages li { max-width: 46rem; margin: 0 0 .75rem; }
        .head { display: flex; gap: .5rem; align-items: baseline; font-size: .85rem; }
        .head b { font-weight: 600; }
        .head time { color: var(--soft); }
        .tag {
          background: var(--accent); color: var(--on-accent); border-radius: .25rem;
          padding: 0 .35rem; font-size: .7rem; font-weight: 600;
        }
        .body {
          border-radius: .6rem; padding: .5rem .75rem; margin-top: .2rem; width: fit-content;
          max-width: 100%; white-space: pre-wrap; overflow-wrap: anywhere;
        }
        .bot .body { background: var(--visitor); }
        .human .body { background: var(--operator); }
        .embed {
          background: var(--card); border: 1px solid var(--line);
          border-inline-start: 4px solid var(--accent); border-radius: .4rem;
          padding: .6rem .8rem; margin-top: .3rem; overflow-wrap: anywhere; white-space: pre-wrap;
        }
        .embed b { display: block; }
        .embed dl { margin: .4rem 0 0; display: grid; gap: .2rem .8rem; }
        .embed dt { color: var(--soft); font-size: .8rem; }
        .embed dd { margin: 0; }
        .embed footer { color: var(--soft); font-size: .8rem; margin-top: .4rem; }
        .reply { color: var(--soft); font-size: .8rem; }
        .lines { padding: 0 1rem; min-height: 1.3rem; }
        .quiet {
          font: inherit; font-size: .8rem; color: var(--soft); background: none; cursor: pointer;
          border: 1px solid transparent; border-radius: .4rem; padding: .1rem .4rem;
        }
        .quiet:hover, .quiet:focus-visible { color: var(--text); border-color: var(--line); }
        .reactions, .actions { display: flex; flex-wrap: wrap; gap: .25rem; margin-top: .2rem; }
        .reactions button {
          font: inherit; font-size: .85rem; color: var(--text); background: var(--card);
          border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem; cursor: pointer;
        }
        .reactions [aria-pressed="true"] { border-color: var(--accent); }
        .actions .quiet { margin-inline-start: -.1rem; }
        #composer {
          display: flex; gap: .5rem; padding: .5rem 1rem 1rem;
        }
        #text { flex: 1; resize: none; max-height: 40vh; field-sizing: content; }
        #send, #back {
          font: inherit; font-weight: 600; border: 0; border-radius: .5rem; padding: .4rem 1rem;
          background: var(--accent); color: var(--on-accent); cursor: pointer;
        }
        button:disabled, textarea:disabled { opacity: .5; cursor: default; }
        @media (max-width: 44rem) {
          body { grid-template-columns: 1fr; }
          body.open .posts, body:not(.open) main { display: none; }
          #back { display: block; }
          .bar { flex-wrap: wrap; }
        }

        """
}
