// What needs no circuit: theme, copying, times, menus, reconnecting. Works on every page through delegated listeners,
// so nothing has to be wired again when Blazor renders anew.
import './js/times.js';
import './js/log.js';
import './js/terminal.js';
import './js/passkeys.js';
import './js/code.js';
import './js/chart.js';
import './js/grafana.js';

const root = document.documentElement;
const themeCookie = 'babyhelm-theme';

function markTheme() {
  for (const button of document.querySelectorAll('[data-set-theme]'))
    button.setAttribute('aria-pressed', String(button.dataset.setTheme === (root.dataset.theme ?? 'system')));
}

function setTheme(theme) {
  document.cookie = `${themeCookie}=${theme}; path=/; max-age=${theme === 'system' ? 0 : 31536000}; samesite=lax`;
  root.dataset.theme = theme;
  for (const sheet of document.querySelectorAll('link[data-theme-sheet]')) {
    const own = sheet.dataset.themeSheet;
    sheet.media = theme === 'system' ? `(prefers-color-scheme: ${own})` : theme === own ? 'all' : 'not all';
  }
  markTheme();
}

// The account remembers it for other devices. Here the cookie decides, so nothing waits for the answer.
function rememberTheme(theme) {
  const token = document.querySelector('#sign-out input[name="__RequestVerificationToken"]');
  if (token) fetch('/account/theme', { method: 'POST', body: new URLSearchParams({ theme, [token.name]: token.value }) }).catch(() => {});
}

function announce(text) {
  const announcer = document.getElementById('announcer');
  if (!announcer) return;
  announcer.textContent = '';
  requestAnimationFrame(() => { announcer.textContent = text; });
}

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // The clipboard API needs HTTPS or loopback.
    const area = Object.assign(document.createElement('textarea'), { value: text });
    area.className = 'sr-only';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    button.focus();
    if (!done) return announce('Copying is not possible here. Select the text instead.');
  }
  button.dataset.copied = '';
  setTimeout(() => delete button.dataset.copied, 1500);
  announce('Copied');
}

function showPassword(button) {
  const input = document.getElementById(button.dataset.showPassword);
  const show = input.type === 'password';
  input.type = show ? 'text' : 'password';
  button.textContent = show ? 'Hide' : 'Show';
  button.setAttribute('aria-pressed', String(show));
}

document.addEventListener('click', async event => {
  for (const menu of document.querySelectorAll('details.menu[open]'))
    if (!menu.contains(event.target) || event.target.closest?.('a')) menu.open = false;

  const button = event.target.closest?.('button');
  if (!button) return;
  if (button.dataset.setTheme) {
    setTheme(button.dataset.setTheme);
    rememberTheme(button.dataset.setTheme);
  }
  else if ('copy' in button.dataset) await copy(button);
  else if (button.dataset.showPassword) showPassword(button);
  else if ('reload' in button.dataset) location.reload();
  else if ('reconnect' in button.dataset && await window.Blazor.reconnect() === false) location.reload();
});

// A link to a part of the page would be taken for a way to another page, whose title gets the focus.
document.addEventListener('click', event => {
  if (!event.target.closest?.('a.skip')) return;
  event.preventDefault();
  document.getElementById('content')?.focus();
}, true);

document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});

document.addEventListener('toggle', event => {
  if (event.target.matches?.('details.menu')) markTheme();
}, true);

// A restarted server does not know the page's circuit any more: load the page anew as soon as it says so.
const reconnect = document.getElementById('components-reconnect-modal');
if (reconnect)
  new MutationObserver(() => {
    if (reconnect.classList.contains('components-reconnect-rejected')) location.reload();
  }).observe(reconnect, { attributeFilter: ['class'] });

markTheme();
