// <bh-terminal data-url="…">: a terminal over a WebSocket, with a line below that says how it stands. The terminal itself (xterm.js)
// is fetched when the first one is opened.
const pieceOfInput = 16 * 1024;
const maxQueued = 1024 * 1024; // of a paste that the shell does not take
const drawnStep = 32 * 1024;

// Read once: a page that is patched later keeps the policy that it came with.
const nonce = document.querySelector('link[data-style-nonce]')?.nonce ?? '';

let library;

function load() {
  return library ??= Promise.all([import('/lib/xterm/xterm.js'), import('/lib/xterm/addon-fit.js'), new Promise((done, fail) => {
    const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: '/lib/xterm/xterm.css', onload: done, onerror: fail });
    document.head.append(sheet);
  })]).then(([xterm, fit]) => ({ Terminal: xterm.Terminal, FitAddon: fit.FitAddon })).catch(error => { library = undefined; throw error; });
}

/** The terminal makes style elements while it opens, without a way to say with which nonce. */
function withNonce(action) {
  const own = document.createElement;
  document.createElement = function (...given) {
    const element = own.apply(document, given);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  };
  try {
    action();
  } finally {
    delete document.createElement;
  }
}

class BhTerminal extends HTMLElement {
  static observedAttributes = ['data-url', 'data-ready'];

  connectedCallback() {
    if (!this.screen) {
      this.screen = Object.assign(document.createElement('div'), { className: 'terminal-screen' });
      this.bar = Object.assign(document.createElement('div'), { className: 'terminal-bar' });
      this.status = document.createElement('span');
      this.status.setAttribute('role', 'status');
      this.status.dataset.testid = 'terminal-status';
      this.button = Object.assign(document.createElement('button'), { className: 'btn btn-primary', type: 'button' });
      this.button.addEventListener('click', () => this.socket ? this.close('Closed.') : this.open());
      this.bar.append(this.status, this.button);
      this.append(this.bar, this.screen);
      // What is shown before the circuit runs is only an image of the page, and is replaced.
      this.button.disabled = !('ready' in this.dataset);
      this.say('idle', 'Not connected.', 'Open terminal');
    }
    this.sized = new ResizeObserver(() => this.fit());
    this.sized.observe(this.screen);
  }

  disconnectedCallback() {
    this.sized.disconnect();
    this.close('');
    this.terminal?.dispose();
    this.terminal = null;
  }

  attributeChangedCallback(name, before, now) {
    if (name === 'data-ready') { if (this.button) this.button.disabled = now === null; }
    else if (before && before !== now) {
      if (this.socket) this.close('Closed: another container was chosen.');
      else if (this.dataset.state === 'ended') this.say('idle', 'Not connected.', 'Open terminal');
    }
  }

  say(state, text, action) {
    this.dataset.state = state;
    this.status.textContent = text;
    this.button.textContent = action;
    this.button.hidden = !action;
  }

  async open() {
    this.say('opening', 'Opening …', '');
    let parts;
    try {
      parts = await load();
    } catch {
      this.say('ended', 'The terminal could not be loaded. Is Babyhelm reachable?', 'Try again');
      return;
    }
    if (!this.isConnected) return;
    if (!this.terminal) this.build(parts);
    this.terminal.reset();
    this.fitter.fit();
    const url = new URL(this.dataset.url, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.searchParams.set('columns', this.terminal.cols);
    url.searchParams.set('rows', this.terminal.rows);
    this.connect(new WebSocket(url));
  }

  build({ Terminal, FitAddon }) {
    const style = getComputedStyle(this.screen);
    this.terminal = new Terminal({
      fontFamily: style.fontFamily, fontSize: 13, scrollback: 5000, cursorBlink: false,
      theme: { background: style.backgroundColor, foreground: style.color, cursor: style.color, selectionBackground: '#3d5366' },
    });
    this.fitter = new FitAddon();
    this.terminal.loadAddon(this.fitter);
    withNonce(() => this.terminal.open(this.screen));
    this.terminal.textarea.setAttribute('aria-label', 'Terminal');
    this.terminal.onData(text => this.type(new TextEncoder().encode(text)));
    this.terminal.onBinary(text => this.type(Uint8Array.from(text, c => c.charCodeAt(0))));
    this.terminal.onResize(({ cols, rows }) => this.tell({ columns: cols, rows }));
    // Tab belongs to the shell: another way out for who has no mouse.
    this.terminal.attachCustomKeyEventHandler(event => {
      if (event.type !== 'keydown' || !event.ctrlKey || !event.shiftKey || event.code !== 'KeyE') return true;
      event.preventDefault();
      this.button.focus();
      return false;
    });
  }

  connect(socket) {
    this.socket = socket;
    this.queue = [];
    this.queued = 0;
    this.drawn = 0;
    socket.binaryType = 'arraybuffer';
    let ended = null;
    socket.addEventListener('message', event => {
      if (socket !== this.socket) return;
      if (event.data instanceof ArrayBuffer) this.show(socket, new Uint8Array(event.data));
      else {
        const notice = JSON.parse(event.data);
        if (notice.type === 'opened') {
          this.say('open', `${notice.shell} in ${notice.pod}${notice.container ? `, container ${notice.container}` : ''}. Ctrl+Shift+E leaves it.`, 'Close');
          this.terminal.focus();
          this.tell({ columns: this.terminal.cols, rows: this.terminal.rows });
        } else ended = notice;
      }
    });
    socket.addEventListener('close', () => {
      if (socket !== this.socket) return;
      this.socket = null;
      this.say('ended', ended?.message ?? (this.dataset.state === 'open' ? 'The connection was lost.' : 'The terminal could not be opened. You may not be allowed to, or the pod is gone.'), ended?.again === false ? '' : 'Reconnect');
      this.dataset.code = ended?.code ?? '';
      if (!this.button.hidden && this.contains(document.activeElement)) this.button.focus();
    });
  }

  close(text) {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    if (socket) this.say('ended', text, 'Open terminal');
  }

  /** The server sends on only as far as this says that it was drawn. */
  show(socket, bytes) {
    this.terminal.write(bytes, () => {
      this.drawn += bytes.length;
      if (socket !== this.socket || this.drawn < drawnStep) return;
      this.tell({ drawn: this.drawn });
      this.drawn = 0;
    });
  }

  tell(word) { if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(word)); }

  type(bytes) {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    if (this.queued + bytes.length > maxQueued) {
      this.status.textContent = 'The shell does not take so much at once: a part of it was left out.';
      return;
    }
    for (let at = 0; at < bytes.length; at += pieceOfInput) this.queue.push(bytes.subarray(at, at + pieceOfInput));
    this.queued += bytes.length;
    if (!this.sending) this.send();
  }

  /** In pieces, and no faster than the network takes them. */
  async send() {
    this.sending = true;
    while (this.queue.length > 0 && this.socket?.readyState === WebSocket.OPEN) {
      if (this.socket.bufferedAmount > 4 * pieceOfInput) await new Promise(later => setTimeout(later, 20));
      else {
        const piece = this.queue.shift();
        this.queued -= piece.length;
        this.socket.send(piece);
      }
    }
    this.sending = false;
  }

  fit() { if (this.terminal && this.screen.clientWidth > 0) this.fitter.fit(); }
}

customElements.define('bh-terminal', BhTerminal);
