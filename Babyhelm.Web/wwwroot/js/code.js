// <bh-code>: line numbers beside a text area, indenting with Tab, and links to lines (data-code-line).
// The numbers' element belongs to the page and is filled here; the page's renderer puts nothing into it.
class BhCode extends HTMLElement {
  // The page's renderer puts children in after the element.
  connectedCallback() {
    queueMicrotask(() => this.begin());
  }

  begin() {
    if (this.area || !this.isConnected) return;
    this.area = this.querySelector('textarea');
    this.numbers = this.querySelector('.numbers');
    if (!this.area || !this.numbers) return;
    this.leaving = false;
    this.watchValue();
    this.area.addEventListener('input', () => this.count());
    this.area.addEventListener('scroll', () => { this.numbers.scrollTop = this.area.scrollTop; });
    this.area.addEventListener('keydown', e => this.key(e));
    this.area.addEventListener('blur', () => { this.leaving = false; });
    this.follow = e => this.jump(e);
    document.addEventListener('click', this.follow);
    new ResizeObserver(() => this.count()).observe(this.area);
    this.count();
  }

  disconnectedCallback() {
    if (this.follow) document.removeEventListener('click', this.follow);
  }

  // The page sets the text without an event of its own.
  watchValue() {
    const own = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value');
    const element = this;
    Object.defineProperty(this.area, 'value', {
      configurable: true,
      get() { return own.get.call(this); },
      set(text) { own.set.call(this, text); element.count(); },
    });
  }

  count() {
    const lines = this.area.value.split('\n').length;
    if (lines !== this.lines) this.numbers.textContent = Array.from({ length: lines }, (_, i) => i + 1).join('\n');
    this.lines = lines;
    this.numbers.style.height = `${this.area.clientHeight}px`;
    this.numbers.scrollTop = this.area.scrollTop;
  }

  key(e) {
    if (e.key === 'Escape') { this.leaving = true; return; }
    if (e.key !== 'Tab' || this.leaving || e.shiftKey || e.ctrlKey || e.altKey || e.metaKey) {
      if (e.key !== 'Shift') this.leaving = false;
      return;
    }
    e.preventDefault();
    this.area.setRangeText('  ', this.area.selectionStart, this.area.selectionEnd, 'end');
    this.area.dispatchEvent(new Event('input', { bubbles: true }));
  }

  jump(e) {
    const link = e.target.closest?.('[data-code-line]');
    if (!link) return;
    e.preventDefault();
    const lines = this.area.value.split('\n');
    const line = Math.min(Math.max(1, Number(link.dataset.codeLine)), lines.length);
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    this.area.focus();
    this.area.setSelectionRange(start, start + lines[line - 1].length);
    this.area.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(this.area).lineHeight));
  }
}

if (!customElements.get('bh-code')) customElements.define('bh-code', BhCode);
