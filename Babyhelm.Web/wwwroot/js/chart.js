// <bh-chart>: the times below a chart, and one cursor for all charts of the page: where it is in one, all show their values of that
// time. What it fills is empty in the page; the page's renderer puts nothing there.
import { zone } from './times.js';

const charts = new Set();
const steps = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800, 432000, 864000];
const pixelsOfTime = 68;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', timeZone: zone });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: zone });
const moment = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone: zone });
const parts = new Intl.DateTimeFormat('en-US', { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23', timeZone: zone });

/** How far the zone's clock is ahead of UTC at a time, in seconds. */
function ahead(at) {
  const p = Object.fromEntries(parts.formatToParts(at * 1000).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) / 1000 - Math.floor(at);
}

// As UnitText.cs has it.
const binary = [[1, ' B'], [1024, ' KiB'], [1024 ** 2, ' MiB'], [1024 ** 3, ' GiB'], [1024 ** 4, ' TiB']];
const scales = {
  Cores: [[0.001, 'm'], [1, ' cores']],
  Bytes: binary,
  BytesPerSecond: binary.map(([factor, suffix]) => [factor, `${suffix}/s`]),
  Seconds: [[0.001, ' ms'], [1, ' s']],
  Share: [[0.01, ' %']],
  RequestsPerSecond: [[1, ' req/s']],
  Count: [[1, '']],
};

export function say(unit, value) {
  if (value === 0) return '0';
  const all = scales[unit];
  const [factor, suffix] = unit === 'Share' ? all[0] : all.findLast(([least]) => value >= least) ?? all[0];
  const scaled = value / factor;
  const digits = scaled >= 100 ? 0 : scaled >= 10 ? 1 : scaled >= 1 ? 2 : 3;
  const text = String(Number(scaled.toFixed(digits)));
  if (text === '1' && suffix === ' cores') return '1 core';
  return text === '0' ? `< 0.001${suffix}` : text + suffix;
}

class BhChart extends HTMLElement {
  static observedAttributes = ['data-from', 'data-step', 'data-points'];

  // The page's renderer puts children in after the element.
  connectedCallback() {
    charts.add(this);
    queueMicrotask(() => this.begin());
  }

  disconnectedCallback() {
    charts.delete(this);
    this.sized?.disconnect();
    this.sized = this.area = undefined;
  }

  begin() {
    if (this.area || !this.isConnected) return;
    this.area = this.querySelector('.area');
    if (!this.area) return;
    this.read = new Map();
    this.area.addEventListener('pointermove', e => this.point(e));
    this.area.addEventListener('pointerdown', e => this.point(e));
    this.area.addEventListener('pointerleave', e => { if (e.pointerType === 'mouse') showAll(null); });
    this.area.addEventListener('keydown', e => this.key(e));
    this.area.addEventListener('blur', () => showAll(null));
    this.sized = new ResizeObserver(() => this.writeTimes());
    this.sized.observe(this.area);
  }

  // Several change at once when the page is drawn anew.
  attributeChangedCallback() {
    if (!this.area || this.isDue) return;
    this.isDue = true;
    queueMicrotask(() => {
      this.isDue = false;
      if (!this.area) return;
      this.writeTimes();
      this.show(shown);
    });
  }

  get from() { return Number(this.dataset.from); }
  get step() { return Number(this.dataset.step); }
  get points() { return Number(this.dataset.points); }

  writeTimes() {
    const width = this.area.clientWidth;
    if (!width) return;
    const span = this.step * (this.points - 1);
    const every = steps.find(s => span / s <= width / pixelsOfTime) ?? steps.at(-1);
    const offset = ahead(this.from);
    const times = [];
    for (let at = Math.ceil((this.from + offset) / every) * every - offset; at <= this.from + span; at += every) {
      const place = (at - this.from) / span;
      if (place * width < 18 || (1 - place) * width < 14) continue; // it would be cut
      const label = document.createElement('span');
      label.style.left = `${place * 100}%`;
      label.textContent = (every < 86400 ? clock : day).format(at * 1000);
      times.push(label);
    }
    this.querySelector('.times').replaceChildren(...times);
  }

  point(e) {
    const box = this.area.getBoundingClientRect();
    const at = this.from + Math.min(1, Math.max(0, (e.clientX - box.left) / box.width)) * this.step * (this.points - 1);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => showAll(at));
  }

  key(e) {
    const last = this.points - 1;
    const here = shown === null ? last : Math.round((shown - this.from) / this.step);
    const move = { ArrowLeft: here - 1, ArrowRight: here + 1, ArrowDown: here - 1, ArrowUp: here + 1, PageDown: here - 10, PageUp: here + 10, Home: 0, End: last }[e.key];
    if (e.key === 'Escape') return showAll(null);
    if (move === undefined) return;
    e.preventDefault();
    showAll(this.from + Math.min(last, Math.max(0, move)) * this.step);
  }

  values(item) {
    const raw = item.dataset.values;
    let known = this.read.get(item);
    if (known?.raw !== raw) this.read.set(item, known = { raw, list: raw.split(',') });
    return known.list;
  }

  /** The values at a time; the newest ones without. */
  show(at) {
    if (!this.area) return;
    const cursor = this.querySelector('.cursor');
    const index = at === null ? -1 : Math.round((at - this.from) / this.step);
    const isOn = index >= 0 && index < this.points;
    cursor.hidden = !isOn;
    this.toggleAttribute('data-at', isOn);
    if (!isOn) return;
    const place = index / (this.points - 1);
    cursor.style.left = `${place * 100}%`;
    const when = cursor.firstElementChild;
    when.textContent = moment.format((this.from + index * this.step) * 1000);
    when.style.transform = `translateX(-${place * 100}%)`;
    const texts = [];
    for (const item of this.querySelectorAll('.legend li')) {
      const value = this.values(item)[index];
      const text = value ? say(this.dataset.unit, Number(value)) : '–';
      item.querySelector('.at').textContent = text;
      texts.push(`${item.dataset.name} ${text}`);
    }
    if (document.activeElement !== this.area) return;
    this.area.setAttribute('aria-valuenow', index);
    this.area.setAttribute('aria-valuetext', `${when.textContent}: ${texts.join(', ')}`);
  }
}

let shown = null;
let frame = 0; // that will show where the pointer is

function showAll(at) {
  cancelAnimationFrame(frame);
  if (shown === at) return;
  shown = at;
  for (const chart of charts) chart.show(at);
}

// A finger that leaves the glass leaves the cursor where it was, until it touches elsewhere.
document.addEventListener('pointerdown', e => { if (shown !== null && !e.target.closest?.('bh-chart')) showAll(null); });

if (!customElements.get('bh-chart')) customElements.define('bh-chart', BhChart);
