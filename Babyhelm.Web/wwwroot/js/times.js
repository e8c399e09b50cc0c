// <bh-time datetime="…">: "3 minutes ago" in the reader's language of numbers, exact with zone on hover.
// The words live in a shadow root, so that Blazor's own text inside the element stays untouched.
export const zone = chosenZone();
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long', timeZone: zone });
const live = new Set();

// The zone of the account, where one was chosen; a browser that does not know it keeps its own.
function chosenZone() {
  const zone = document.documentElement.dataset.timeZone || undefined;
  try {
    new Intl.DateTimeFormat(undefined, { timeZone: zone });
    return zone;
  } catch {
    return undefined;
  }
}

const units = [
  [60, 's', 'second', 1], [3600, 'm', 'minute', 60], [86400, 'h', 'hour', 3600],
  [86400 * 45, 'd', 'day', 86400], [86400 * 365, 'mo', 'month', 86400 * 30.4], [Infinity, 'y', 'year', 86400 * 365],
];

export function words(seconds, mode) {
  const age = mode === 'age';
  if (mode === 'left') return left(-seconds);
  if (mode === 'until') return seconds > -1 ? 'now' : `in ${words(-seconds, 'age')}`;
  if (!age && Math.abs(seconds) < 5) return 'just now';
  const past = Math.max(0, seconds);
  const [, short, long, size] = units.find(([limit]) => past < limit);
  const count = Math.floor(past / size);
  return age ? `${count} ${short}` : `${count} ${long}${count === 1 ? '' : 's'} ago`;
}

// As DeadlineText.razor has it.
function left(seconds) {
  const hours = Math.floor(seconds / 3600);
  if (seconds > 86400) return `${Math.ceil(seconds / 86400)} days left`;
  return seconds <= 0 ? 'expired' : hours === 0 ? 'less than an hour left' : hours === 1 ? '1 hour left' : `${hours} hours left`;
}

class BhTime extends HTMLElement {
  static observedAttributes = ['datetime', 'mode'];

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: 'open' });
    live.add(this);
    this.write();
  }

  disconnectedCallback() { live.delete(this); }

  attributeChangedCallback() { if (this.shadowRoot) this.write(); }

  /** Writes the words, and keeps whether they change by the second. */
  write() {
    const at = Date.parse(this.getAttribute('datetime'));
    if (Number.isNaN(at)) return;
    const seconds = (Date.now() - at) / 1000;
    const text = words(seconds, this.getAttribute('mode'));
    if (this.shadowRoot.textContent !== text) this.shadowRoot.textContent = text;
    const title = exact.format(at);
    if (this.title !== title) this.title = title;
    this.fresh = seconds < 120;
  }
}

customElements.define('bh-time', BhTime);

// One clock for all: young times each second, old ones twice a minute; none while nobody looks.
let tick = 0;
setInterval(() => {
  if (document.hidden) return;
  const all = ++tick % 30 === 0;
  for (const element of live) if (all || element.fresh) element.write();
}, 1000);
document.addEventListener('visibilitychange', () => { for (const element of live) element.write(); });
