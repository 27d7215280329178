"""The demo: made-up units, people, citizens and their stories.  `filling.fill` puts them into a database."""
