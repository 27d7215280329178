function shown(el, name, found) {
  // ruleid: browser-html-from-data
  el.innerHTML = name;
  // ruleid: browser-html-from-data
  el.innerHTML = `<b>${name}</b>`;
  // ruleid: browser-html-from-data
  el.insertAdjacentHTML('beforeend', found.html);
  // ok: browser-html-from-data
  el.innerHTML = '';
  // ok: browser-html-from-data
  el.textContent = name;
}

function run(text) {
  // ruleid: browser-code-from-data
  eval(text);
  // ruleid: browser-code-from-data
  new Function(text)();
  // ok: browser-code-from-data
  setTimeout(() => text, 1);
}

function kept(name) {
  // ruleid: browser-keeps
  localStorage.setItem('last', name);
  // ok: browser-keeps
  localStorage.removeItem('last');
}

function asked(url, words) {
  // ruleid: browser-speaks-with-others
  fetch('https://elsewhere.example/count', { method: 'POST' });
  // ruleid: browser-speaks-with-others
  window.parent.postMessage(words, '*');
  // ok: browser-speaks-with-others
  fetch('/api/v1/tasks');
  // ok: browser-speaks-with-others
  fetch(url, { method: 'POST', body: words });
}
