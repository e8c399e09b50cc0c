// <bh-log>: a log of thousands of lines, of which only those in sight are in the document. It keeps the last lines in the
// order of their times, stays at the end while lines come until the reader scrolls up, and searches what it keeps.
// What the reader chooses stands in the controls of the panel around it ([data-log-panel]); a log without them has its defaults.
import { LogSearch, drawLine } from './log-line.js';

const overscan = 400; // pixels above and below
const nearEnd = 24;
const maxCharacters = 16 * 1024 * 1024; // as lines can be long

class BhLog extends HTMLElement {
  entries = [];
  characters = 0;
  received = 0;
  missed = 0;
  epoch = 0; // of heights: another width, other columns
  stale = true;
  search = new LogSearch();
  rows = new Map();

  connectedCallback() {
    if (!this.body) {
      this.above = document.createElement('div');
      this.body = document.createElement('div');
      this.below = document.createElement('div');
      this.body.className = 'log-body';
      this.append(this.above, this.body, this.below);
    }
    this.addEventListener('scroll', this.onScroll, { passive: true });
    this.sized = new ResizeObserver(() => { this.epoch++; this.draw(); });
    this.sized.observe(this);
    this.readControls();
  }

  disconnectedCallback() {
    this.removeEventListener('scroll', this.onScroll);
    this.sized.disconnect();
  }

  get capacity() { return Number(this.dataset.capacity) || 1000; }

  get panel() { return this.closest('[data-log-panel]'); }

  get following() { return !('behind' in this.dataset); }

  control(name) { return this.panel?.querySelector(`[data-log="${name}"]`); }

  /** Empties the log; another one begins. */
  clear() {
    this.entries = [];
    this.characters = 0;
    this.received = 0;
    delete this.dataset.behind;
    this.missed = 0;
    this.readControls();
  }

  /**
   * Takes a batch in. One that came before, sent again because its answer was lost, is known by its number.
   * left: lines before these that were too many to send.
   */
  add(number, left, lines) {
    if (number < this.received) return;
    this.received = number + 1;
    const anchor = this.anchor();
    if (left > 0) this.insert({ mark: `${left.toLocaleString()} lines are left out here: they came faster than they can be shown.`, pod: '', text: [] });
    for (const line of lines) this.insert(line);
    this.drop();
    if (!this.following) this.missed += lines.length;
    this.search.refresh(this.entries);
    this.stale = true;
    this.draw(anchor);
    this.tell();
  }

  /** Lines of several pods come in any order; those of one time keep the order in which they came. */
  insert(line) {
    const last = this.entries.at(-1);
    const entry = { ...line, time: line.time ?? last?.time ?? 0, told: line.time !== null && line.time !== undefined };
    entry.plain = line.mark ?? line.text.filter((_, i) => i % 2 === 0).join('');
    this.characters += entry.plain.length;
    if (!last || last.time <= entry.time) {
      this.entries.push(entry);
      return;
    }
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      // A restart is told to the second: it stands before the lines of its second.
      if (this.entries[middle].time < entry.time || (this.entries[middle].time === entry.time && !entry.mark)) low = middle + 1;
      else high = middle;
    }
    this.entries.splice(low, 0, entry);
  }

  drop() {
    let count = Math.max(0, this.entries.length - this.capacity);
    for (let i = 0; i < count; i++) this.characters -= this.entries[i].plain.length;
    for (; this.characters > maxCharacters && count < this.entries.length - 1; count++) this.characters -= this.entries[count].plain.length;
    this.entries.splice(0, count);
  }

  get shown() { return this.search.only && this.search.words ? this.search.found : this.entries; }

  /** Where each line begins, in pixels; the last number is the end of all. Worked out anew only when lines or heights changed. */
  layOut() {
    const shown = this.shown;
    if (!this.stale && this.laidOut === shown) return this.tops;
    if (!this.tops || this.tops.length < shown.length + 1) this.tops = new Float64Array(shown.length + 1024);
    let y = 0;
    for (let i = 0; i < shown.length; i++) {
      this.tops[i] = y;
      y += this.heightOf(shown[i]);
    }
    this.tops[shown.length] = y;
    [this.stale, this.laidOut] = [false, shown];
    return this.tops;
  }

  /** The line at this height, or the last one. */
  lineAt(y) {
    const tops = this.layOut();
    let [low, high] = [0, Math.max(0, this.shown.length - 1)];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (tops[middle] <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Where the reader is: the first line in sight, and how far above the edge it begins. Null at the end, which is followed. */
  anchor() {
    if (this.following || this.shown.length === 0) return null;
    const at = this.lineAt(this.scrollTop);
    return { entry: this.shown[at], offset: this.scrollTop - this.tops[at] };
  }

  measure() {
    if (this.measured === this.epoch) return;
    const probe = document.createElement('div');
    probe.className = 'line';
    probe.textContent = 'x'.repeat(20);
    Object.assign(probe.style, { position: 'absolute', visibility: 'hidden', width: 'max-content' });
    this.body.append(probe);
    const box = probe.getBoundingClientRect();
    [this.rowHeight, this.column] = [box.height || 18, box.width / 20 || 7];
    probe.remove();
    this.columns = Math.max(8, Math.floor((this.clientWidth - 28) / this.column));
    [this.measured, this.stale] = [this.epoch, true];
  }

  /** Of a wrapped line that was not in sight yet a guess. */
  heightOf(entry) {
    if (!this.wrap) return this.rowHeight;
    if (entry.epoch === this.epoch) return entry.height;
    return this.rowHeight * Math.max(1, Math.ceil((entry.plain.length + (this.times ? 20 : 0)) / this.columns));
  }

  /** Puts the lines in sight into the document. Heights of wrapped lines are known once they were there, so it may take more rounds. */
  draw(anchor = this.anchor()) {
    if (!this.isConnected || this.clientHeight === 0) return;
    this.measure();
    for (let round = 0; round < 4; round++)
      if (this.drawOnce(anchor)) break;
    this.mark();
  }

  drawOnce(anchor) {
    const [tops, shown] = [this.layOut(), this.shown];
    const at = anchor ? shown.indexOf(anchor.entry) : -1;
    const top = this.following ? Math.max(0, tops[shown.length] - this.clientHeight)
      : anchor ? (at < 0 ? 0 : tops[at] + anchor.offset) : this.scrollTop;
    const first = this.lineAt(top - overscan);
    const last = Math.min(shown.length, this.lineAt(top + this.clientHeight + overscan) + 1);
    this.place(shown.slice(first, last));
    size(this.above, tops[first]);
    size(this.below, tops[shown.length] - tops[last]);
    const known = !this.wrap || this.learn();
    if (this.following) this.scrollTop = this.scrollHeight;
    else if (Math.abs(this.scrollTop - top) > 0.5) this.scrollTop = top;
    return known;
  }

  /** Reads the heights of rows that are new in the document; false where one was guessed wrong. */
  learn() {
    let right = true;
    for (const [entry, row] of this.rows) {
      if (entry.epoch === this.epoch) continue;
      const height = row.getBoundingClientRect().height;
      if (Math.abs(this.heightOf(entry) - height) > 0.5) right = false;
      [entry.height, entry.epoch] = [height, this.epoch];
    }
    if (!right) this.stale = true;
    return right;
  }

  /** Rows that stay are left alone, so that a selection in them stays too. */
  place(entries) {
    const wanted = new Set(entries);
    for (const [entry, row] of this.rows) {
      if (wanted.has(entry)) continue;
      row.remove();
      this.rows.delete(entry);
    }
    let next = this.body.firstChild;
    for (const entry of entries) {
      const row = this.rows.get(entry);
      if (row && row === next) {
        next = next.nextSibling;
        continue;
      }
      const placed = row ?? drawLine(entry, this.search);
      this.rows.set(entry, placed);
      this.body.insertBefore(placed, next);
    }
  }

  redraw() {
    const anchor = this.anchor();
    this.rows.clear();
    this.body.replaceChildren();
    this.epoch++;
    this.stale = true;
    this.draw(anchor);
    this.tell();
  }

  onScroll = () => {
    const behind = this.scrollHeight - this.scrollTop - this.clientHeight > nearEnd;
    if (behind) this.dataset.behind = '';
    else { delete this.dataset.behind; this.missed = 0; }
    this.draw();
    this.tell();
  };

  follow() {
    delete this.dataset.behind;
    this.missed = 0;
    this.draw();
    this.tell();
  }

  readControls() {
    const on = (name, otherwise) => this.control(name)?.checked ?? otherwise;
    this.wrap = on('wrap', true);
    this.times = on('times', false);
    this.toggleAttribute('data-nowrap', !this.wrap);
    this.toggleAttribute('data-times', this.times);
    this.search.set(this.control('search')?.value ?? '', on('only', false));
    this.search.refresh(this.entries);
    this.redraw();
  }

  /** The next line with the words, from the one found last or from the end; back goes up. */
  find(back) {
    const entry = this.search.step(back, this.shown);
    if (!entry) return;
    this.dataset.behind = '';
    this.draw({ entry, offset: -Math.min(this.clientHeight / 2, this.layOut()[this.shown.indexOf(entry)]) });
    this.tell();
  }

  mark() {
    for (const [entry, row] of this.rows) row.classList.toggle('line-found', entry === this.search.current);
  }

  /** Counts of what was found and of what came below the reader. */
  tell() {
    const count = this.control('count');
    const words = this.search.says();
    if (count && count.textContent !== words) count.textContent = words;
    const paused = this.parentElement?.querySelector('[data-log-missed]');
    const missed = this.missed === 0 ? '' : this.missed === 1 ? ' 1 new line.' : ` ${this.missed.toLocaleString()} new lines.`;
    if (paused && paused.textContent !== missed) paused.textContent = missed;
  }
}

function size(spacer, height) {
  const text = `${height}px`;
  if (spacer.style.height !== text) spacer.style.height = text;
}

customElements.define('bh-log', BhLog);

/** Called by the circuit. */
export function add(log, number, left, lines) { log.add(number, left, lines); }
export function clear(log) { log.clear(); }

const logOf = element => element.closest('[data-log-panel]')?.querySelector('bh-log') ?? element.parentElement?.parentElement?.querySelector('bh-log');

document.addEventListener('click', event => {
  const button = event.target.closest?.('[data-log-follow], [data-log="next"], [data-log="previous"]');
  const log = button && logOf(button);
  if (!log) return;
  if ('logFollow' in button.dataset) {
    log.follow();
    log.focus();
  } else log.find(button.dataset.log === 'previous');
});

for (const kind of ['input', 'change'])
  document.addEventListener(kind, event => {
    if (event.target.matches?.('[data-log]')) logOf(event.target)?.readControls();
  });

document.addEventListener('keydown', event => {
  if (event.key !== 'Enter' || !event.target.matches?.('[data-log="search"]')) return;
  event.preventDefault();
  logOf(event.target)?.find(event.shiftKey);
});
