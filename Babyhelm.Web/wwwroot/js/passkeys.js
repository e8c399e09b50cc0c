// Forms with data-passkey ("create" or "get"): asks the server what it wants, then the device, and sends what the device
// answered with the form. Everything is checked on the server.
const supported = typeof window.PublicKeyCredential?.parseCreationOptionsFromJSON === 'function';
const unsupported = 'This browser can’t use passkeys here. They need a current browser and HTTPS.';

for (const form of document.querySelectorAll('form[data-passkey="get"]'))
  if (supported) form.hidden = false;

async function options(form) {
  const answer = await fetch(form.dataset.passkeyOptions, {
    method: 'POST', body: new URLSearchParams(new FormData(form)), headers: { Accept: 'application/json' }, redirect: 'error',
  });
  if (answer.ok) return answer.json();
  if (answer.status === 429) throw new Problem('Too many tries. Wait a minute, then try again.');
  const said = await answer.json().catch(() => null);
  throw new Problem(said?.problem ?? 'That did not work. Reload the page and try again.');
}

class Problem extends Error {}

async function ask(form) {
  if (!supported) throw new Problem(unsupported);
  const wanted = await options(form);
  const credential = form.dataset.passkey === 'create'
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(wanted) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(wanted) });
  return JSON.stringify(credential.toJSON());
}

function words(error) {
  if (error instanceof Problem) return error.message;
  if (error.name === 'InvalidStateError') return 'This device has a passkey of your account already.';
  if (error.name === 'NotAllowedError') return 'The device did not give a passkey, or it took too long. Try again.';
  if (error.name === 'SecurityError') return 'Passkeys belong to the address that this Babyhelm was set up with. Open it by that address.';
  return 'That did not work. Try again.';
}

document.addEventListener('submit', async event => {
  const form = event.target.closest?.('form[data-passkey]');
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector('button[type="submit"]');
  const problem = form.querySelector('[data-passkey-problem]');
  problem.textContent = '';
  button.disabled = true;
  try {
    form.querySelector('[data-passkey-credential]').value = await ask(form);
    form.submit(); // raises no event
  } catch (error) {
    problem.textContent = words(error);
    button.disabled = false;
  }
});
