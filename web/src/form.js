// Forms: fields that hang on answers come and go at once, and texts say how much room is left.
// The server draws the fields, as it does without scripts, so there is one truth about what is shown.

for (const form of document.querySelectorAll('form[data-live]')) {
  let latest = 0;
  form.addEventListener('change', async () => {
    const mine = ++latest;
    const body = new URLSearchParams(new FormData(form));
    body.set('do', 'vis');
    const answer = await fetch(form.action, { method: 'POST', body }).catch(() => null);
    // A slower answer to an older question is no longer wanted.
    if (!answer?.ok || mine !== latest) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const then = page.querySelector('[data-fields]'), now = form.querySelector('[data-fields]');
    if (then && shape(then) !== shape(now)) swap(now, document.importNode(then, true));
  });
}

function shape(fields) {
  return [...fields.querySelectorAll('[id], dd')].map(one => one.id || one.textContent).join();
}

function swap(now, then) {
  const focus = document.activeElement?.id;
  for (const old of now.querySelectorAll('input[id], textarea[id], select[id]')) {
    // Something may have been typed while the answer was on its way.
    const fresh = then.querySelector(`#${CSS.escape(old.id)}`);
    if (fresh) Object.assign(fresh, { value: old.value, checked: old.checked });
  }
  now.replaceWith(then);
  then.querySelectorAll('.st-limit').forEach(limit);
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
}

function limit(group) {
  const text = group.querySelector('textarea'), said = group.querySelector(`#${CSS.escape(text.id)}-left`);
  const say = () => {
    const left = group.dataset.most - text.value.length;
    said.textContent = (left < 0 ? group.dataset.over : group.dataset.left).replace('{n}', Math.abs(left));
  };
  text.addEventListener('input', say);
  say();
}

document.querySelectorAll('.st-limit').forEach(limit);
