// One line of a log as an element, and the search over lines. Text goes in as text nodes only, so that nothing in a log is markup.

const clock = new Intl.DateTimeFormat('en-GB', {
  hourCycle: 'h23', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, timeZone: zone(),
});

function zone() {
  const chosen = document.documentElement.dataset.timeZone || undefined;
  try {
    new Intl.DateTimeFormat(undefined, { timeZone: chosen });
    return chosen;
  } catch {
    return undefined;
  }
}

function timeText(milliseconds) {
  const part = Object.fromEntries(clock.formatToParts(milliseconds).map(p => [p.type, p.value]));
  return `${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}.${part.fractionalSecond}`;
}

/** What differs between the pods of a deployment: the part after the last dash. */
const shortPod = pod => pod.slice(pod.lastIndexOf('-') + 1) || pod;

function part(className, text, title) {
  const span = document.createElement('span');
  span.className = className;
  span.textContent = text;
  if (title) span.title = title;
  return span;
}

function styled(text, style) {
  const span = document.createElement('span');
  span.textContent = text;
  const [colour, ground, letters] = style.split('|');
  span.style.color = colour;
  span.style.backgroundColor = ground;
  if (letters.includes('b')) span.style.fontWeight = '700';
  if (letters.includes('f')) span.style.opacity = '0.75';
  if (letters.includes('i')) span.style.fontStyle = 'italic';
  if (letters.includes('u')) span.style.textDecoration = 'underline';
  return span;
}

export function drawLine(entry, search) {
  const row = document.createElement('div');
  row.className = entry.mark ? 'line line-mark' : 'line';
  if (entry.told) row.append(part('time', timeText(entry.time), new Date(entry.time).toISOString()));
  if (entry.pod) row.append(part('pod', shortPod(entry.pod), entry.pod));
  if (entry.mark) {
    row.append(part('words', entry.mark));
    return row;
  }
  const finds = search.places(entry.plain);
  let at = 0;
  for (let i = 0; i < entry.text.length; i += 2) {
    const [text, style] = [entry.text[i], entry.text[i + 1]];
    for (const [from, to, found] of pieces(at, at + text.length, finds)) {
      const piece = text.slice(from - at, to - at);
      const node = style ? styled(piece, style) : document.createTextNode(piece);
      if (!found) row.append(node);
      else {
        const mark = document.createElement('mark');
        mark.append(piece);
        row.append(mark);
      }
    }
    at += text.length;
  }
  return row;
}

/** Cuts a stretch at the edges of what was found. */
function* pieces(from, to, finds) {
  let at = from;
  for (const [start, end] of finds) {
    if (end <= at || start >= to) continue;
    if (start > at) yield [at, start, false];
    yield [Math.max(start, at), Math.min(end, to), true];
    at = Math.min(end, to);
  }
  if (at < to) yield [at, to, false];
}

/** Words to find, in small and capital letters alike. */
export class LogSearch {
  words = '';
  pattern = null;
  only = false;
  found = [];
  current = null;

  set(words, only) {
    this.only = only;
    if (words === this.words) return;
    this.words = words;
    this.current = null;
    this.pattern = words ? new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'giu') : null;
  }

  refresh(entries) {
    this.found = this.pattern ? entries.filter(e => !e.mark && this.has(e)) : [];
    if (this.current && !this.found.includes(this.current)) this.current = null;
  }

  // A line is asked once for each search, however often lines come.
  has(entry) {
    if (entry.asked !== this.pattern) {
      this.pattern.lastIndex = 0;
      [entry.asked, entry.matches] = [this.pattern, this.pattern.test(entry.plain)];
    }
    return entry.matches;
  }

  /** Where the words stand in a text, at most 1000 of them. */
  places(text) {
    const places = [];
    if (!this.pattern) return places;
    this.pattern.lastIndex = 0;
    for (const match of text.matchAll(this.pattern)) {
      places.push([match.index, match.index + match[0].length]);
      if (places.length === 1000) break;
    }
    return places;
  }

  step(back) {
    if (this.found.length === 0) return null;
    const at = this.found.indexOf(this.current);
    const next = at < 0 ? (back ? this.found.length - 1 : 0) : (at + (back ? -1 : 1) + this.found.length) % this.found.length;
    return this.current = this.found[next];
  }

  says() {
    if (!this.words) return '';
    if (this.found.length === 0) return 'Not found';
    const lines = this.found.length === 1 ? '1 line' : `${this.found.length.toLocaleString()} lines`;
    const at = this.found.indexOf(this.current);
    return at < 0 ? lines : `${(at + 1).toLocaleString()} of ${lines}`;
  }
}
