// What is typed in a task is kept as a draft while one writes; a button sends once, and not into a lost network; a CPR
// number in a text, and a file that is too large, are pointed out.

const WAIT = 2500;
const CPR = /(?<!\d)(?:[0-24-9]\d|3[01])(?:0\d|1[0-2])\d\d[ \u2013-]?\d{4}(?!\d)/;

// Before the others hear of it: what is not sent is not sent once either.
document.addEventListener('submit', hold, true);
addEventListener('online', () => document.querySelectorAll('[data-lost]').forEach(said => said.remove()));
for (const form of document.querySelectorAll('form[data-keep]')) keep(form);
document.querySelectorAll('form[data-once]').forEach(once);
for (const field of document.querySelectorAll(':is(textarea, input)[data-cpr]')) field.addEventListener('input', () => warn(field, field));
for (const form of document.querySelectorAll('form[data-cpr]:not([data-keep])')) form.addEventListener('input', event => warn(form, event.target));

for (const field of document.querySelectorAll('[data-most]')) field.addEventListener('change', () => {
  const large = [...field.files].some(file => file.size > Number(field.dataset.most));
  field.setCustomValidity(large ? field.dataset.large : '');
  field.reportValidity();
});

function keep(form) {
  const said = form.querySelector('[data-kept]'), shown = form.querySelector('[name=kladde]');
  let timer, dirty = false, busy = false, over = false;

  form.addEventListener('input', event => {
    warn(form, event.target);
    later();
  });
  form.addEventListener('submit', () => { over = true; clearTimeout(timer); });
  addEventListener('online', later);
  addEventListener('pageshow', () => { over = false; });
  // Who leaves the page or turns to another tab does not wait for the pause.
  addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && dirty && save(true));

  function later() {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  }

  async function save(leaving = false) {
    if (over || busy || !dirty) return;
    [ busy, dirty ] = [ true, false ];
    const body = new URLSearchParams(new FormData(form));
    body.set('do', 'draft');
    body.set('auto', '1');
    const answer = await fetch(form.action, { method: 'POST', body, keepalive: leaving === true }).catch(() => null);
    busy = false;
    if (!answer) {
      later();
      return tell(form.dataset.offline, true);
    }
    if (answer.status === 401) return tell(form.dataset.out, true);
    const found = await answer.json().catch(() => null);
    if (!found) return later();
    if (answer.ok) shown.value = found.kladde;
    // Somebody was first, here or elsewhere: writing on would only write over.
    over ||= answer.status === 409;
    if (found.mine) {
      document.querySelector('[data-holder]').textContent = found.mine;
      document.querySelector('[data-free]')?.remove();
    }
    tell(found.said, !answer.ok);
    if (dirty) later();
  }

  function tell(text, wrong) {
    said.textContent = text;
    said.classList.toggle('st-wrong', wrong);
  }
}

// `owner`, the form or the field itself, holds what is said.
function warn(owner, field) {
  if (!field.matches('textarea, input[type=text]:not([inputmode=numeric]), [data-cpr]') || !field.id) return;
  const id = `${field.id}-cpr`, there = document.getElementById(id);
  if (!CPR.test(field.value)) return there?.remove();
  if (there) return;
  const said = Object.assign(document.createElement('span'), { id, className: 'form-hint st-cpr', textContent: owner.dataset.cpr });
  said.setAttribute('role', 'status');
  field.after(said);
}

// Without a network the browser would put a page of its own in the place of what was written.
function hold(event) {
  if (navigator.onLine) return;
  event.preventDefault();
  event.stopPropagation();
  const form = event.target;
  form.querySelector('[data-lost]')?.remove();
  const said = Object.assign(document.createElement('p'), { textContent: document.body.dataset.offline });
  said.dataset.lost = '';
  said.setAttribute('role', 'alert');
  form.append(said);
}

function once(form) {
  let sent = false;
  form.addEventListener('submit', event => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener('pageshow', () => { sent = false; });
}
