// What changes by itself: a page says with hx-get and hx-trigger what is read again.  The pages' rules allow neither
// styles made by script nor code in attributes, so htmx is told to use none.
import htmx from 'htmx.org';

Object.assign(htmx.config, { includeIndicatorStyles: false, allowEval: false, selfRequestsOnly: true, historyEnabled: false });
