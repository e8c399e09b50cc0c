// <bh-log>: stays at the end while lines come, until the reader scrolls up; the button after it goes back to the end.
class BhLog extends HTMLElement {
  connectedCallback() {
    this.toEnd();
    this.observer = new MutationObserver(() => { if (!('behind' in this.dataset)) this.toEnd(); });
    this.observer.observe(this, { childList: true });
    this.addEventListener('scroll', this.onScroll, { passive: true });
  }

  disconnectedCallback() {
    this.observer.disconnect();
    this.removeEventListener('scroll', this.onScroll);
  }

  onScroll = () => {
    const behind = this.scrollHeight - this.scrollTop - this.clientHeight > 24;
    if (behind) this.dataset.behind = '';
    else delete this.dataset.behind;
  };

  toEnd() { this.scrollTop = this.scrollHeight; }
}

customElements.define('bh-log', BhLog);

document.addEventListener('click', event => {
  const button = event.target.closest?.('[data-log-follow]');
  const log = button?.parentElement.querySelector('bh-log');
  if (!log) return;
  log.toEnd();
  log.focus();
});
