// What every page gets: dkfds' own behaviours (menu, overflow menus, character counts).
import * as DKFDS from 'dkfds';
DKFDS.init();
