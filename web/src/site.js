// What every page gets: dkfds' own behaviours, and a few of ours on what the page already says without scripts.
import * as DKFDS from 'dkfds';
import './form.js';
import './keeping.js';
import './keys.js';

DKFDS.init();

// What is wrong is read first, else what was just done; whoever asked for a place on the page is left there.
const first = document.getElementById('problems') ?? (location.hash ? null : document.querySelector('main .alert[role]'));
// Where autofocus leads, the browser goes by itself before the first frame, and notes it if somebody was there first.
if (first?.autofocus) requestAnimationFrame(() => document.activeElement === first || first.focus());
else first?.focus();

// A menu closes when one leaves it.
for (const menu of document.querySelectorAll('.st-actions-menu')) {
  const close = () => { menu.open = false; };
  menu.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !menu.open) return;
    close();
    menu.querySelector('summary').focus();
  });
  document.addEventListener('click', event => menu.contains(event.target) || close());
}
