// <bh-grafana>: a panel of Grafana in a frame, loaded when it comes into sight, in the theme of the page. The frame is made anew
// with each change, as a new address in an old one would become a step back in the browser's history.
const root = document.documentElement;
const dark = matchMedia('(prefers-color-scheme: dark)');
const panels = new Set();

function theme() {
  const chosen = root.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return dark.matches ? 'dark' : 'light';
}

class GrafanaPanel extends HTMLElement {
  static observedAttributes = ['data-src', 'data-title'];

  connectedCallback() {
    panels.add(this);
    this.show();
  }

  disconnectedCallback() {
    panels.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.show();
  }

  show() {
    const { src, title } = this.dataset;
    if (!src || !title) return;
    const address = `${src}&theme=${theme()}`;
    const shown = this.querySelector('iframe');
    if (shown?.getAttribute('src') === address && shown.title === title) return;
    const frame = document.createElement('iframe');
    frame.loading = 'lazy';
    frame.title = title;
    frame.src = address;
    this.replaceChildren(frame);
  }
}

customElements.define('bh-grafana', GrafanaPanel);

function follow() {
  for (const panel of panels) panel.show();
}

dark.addEventListener('change', follow);
new MutationObserver(follow).observe(root, { attributeFilter: ['data-theme'] });
