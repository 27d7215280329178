// dmn-js in Danish.  A word that is not here stays English; `missed` collects those for the test.
const WORDS = {
  '"value"': '"værdi"', '"value", "value", ...': '"værdi", "værdi", …', 'Add cell description': 'Tilføj bemærkning til cellen', 'Add input column left': 'Ny oplysning til venstre',
  'Add input column right': 'Ny oplysning til højre', 'Add input': 'Ny oplysning', 'Add output column left': 'Nyt svar til venstre', 'Add output column right': 'Nyt svar til højre',
  'Add output': 'Nyt svar', 'Add parameter': 'Tilføj parameter', 'Add predefined values': 'Tilføj faste værdier', 'Add rule above': 'Ny række over', 'Add rule below': 'Ny række under',
  'Add rule': 'Ny række', 'Add values': 'Tilføj værdier', 'After': 'Efter', 'And': 'Og', 'Annotation': 'Bemærkning', 'Annotations': 'Bemærkninger', 'Before': 'Før', 'Between': 'Mellem',
  'Boolean value': 'Ja eller nej', 'Change cell expression language': 'Skift cellens sprog', 'Clear predefined values': 'Fjern faste værdier', 'Comparison operator': 'Sammenligning', 'Comparison': 'Sammenligning',
  'Copy input column': 'Kopiér oplysning', 'Copy output column': 'Kopiér svar', 'Copy rule': 'Kopiér række', 'Custom values': 'Egne værdier', 'Cut input column': 'Klip oplysning', 'Cut output column': 'Klip svar',
  'Cut rule': 'Klip række', 'Date and time value': 'Dato og klokkeslæt', 'Date and time': 'Dato og klokkeslæt', 'Date value': 'Dato', 'Date': 'Dato', 'Decision name': 'Tabellens navn', 'Decision name: ': 'Tabellens navn: ',
  'Delete': 'Slet', 'Duration value': 'Varighed', 'Edit boolean': 'Ret ja eller nej', 'Edit date and time': 'Ret dato og klokkeslæt', 'Edit date': 'Ret dato', 'Edit duration': 'Ret varighed',
  'Edit end date and time': 'Ret sidste tidspunkt', 'Edit end date': 'Ret sidste dato', 'Edit end time': 'Ret sidste klokkeslæt', 'Edit formal parameters': 'Ret parametre', 'Edit function kind': 'Ret slags',
  'Edit input': 'Ret oplysning', 'Edit number': 'Ret tal', 'Edit output': 'Ret svar', 'Edit start date and time': 'Ret første tidspunkt', 'Edit start date': 'Ret første dato', 'Edit start time': 'Ret første klokkeslæt',
  'Edit string': 'Ret tekst', 'Edit time': 'Ret klokkeslæt', 'Edit': 'Ret', 'Editing not supported for set expression language': 'Dette sprog kan ikke rettes her', 'Element name': 'Navn',
  'End date and time': 'Sidste tidspunkt', 'End date': 'Sidste dato', 'End time': 'Sidste klokkeslæt', 'End value': 'Sidste værdi', 'Enter expression': 'Skriv et udtryk', 'Equals': 'Er', 'Exactly': 'Præcis',
  'Exclude': 'Ikke med', 'Expression language': 'Sprog', 'Expression language: {expressionLanguageLabel}': 'Sprog: {expressionLanguageLabel}', 'Expression language:': 'Sprog:', 'Expression': 'Udtryk',
  'Function kind: {kind}': 'Slags: {kind}', 'Greater or equals': 'Større eller lig', 'Greater': 'Større', 'Hit policy': 'Regel for rækker', 'Hit policy:': 'Regel for rækker:', 'Include': 'Med', 'Input expression': 'Læser',
  'Input expression: ': 'Læser: ', 'Input label': 'Oplysningens navn', 'Input label: ': 'Oplysningens navn: ', 'Input type': 'Slags', 'Input values': 'Mulige værdier', 'Input': 'Oplysning', 'Kind': 'Slags',
  'Less or equals': 'Mindre eller lig', 'Less': 'Mindre', 'Literal expression editor': 'Udtryk', 'Literal expression': 'Udtryk', 'Match none': 'Ingen af dem', 'Match one': 'En af dem', 'Move rule': 'Flyt række',
  'No values': 'Ingen værdier', 'No': 'Nej', 'Output label': 'Svarets navn', 'Output label: ': 'Svarets navn: ', 'Output name': 'Svarets nøgle', 'Output name: ': 'Svarets nøgle: ', 'Output type': 'Slags',
  'Output values': 'Mulige svar', 'Output': 'Svar', 'Paste input column left': 'Indsæt oplysning til venstre', 'Paste input column right': 'Indsæt oplysning til højre', 'Paste output column left': 'Indsæt svar til venstre',
  'Paste output column right': 'Indsæt svar til højre', 'Paste rule above': 'Indsæt række over', 'Paste rule below': 'Indsæt række under', 'Predefined values': 'Faste værdier', 'Range end operator': 'Slut, med eller ikke',
  'Range end value': 'Slut', 'Range start operator': 'Begyndelse, med eller ikke', 'Range start value': 'Begyndelse', 'Range': 'Fra og til', 'Remove cell description': 'Fjern bemærkningen', 'Remove input column': 'Fjern oplysning',
  'Remove output column': 'Fjern svar', 'Remove parameter': 'Fjern parameter', 'Remove rule': 'Fjern række', 'Resize': 'Ændr bredden', 'Search in diagram': 'Find', 'Set date and time': 'Sæt tidspunkt', 'Set date': 'Sæt dato',
  'Set duration': 'Sæt varighed', 'Set time': 'Sæt klokkeslæt', 'Set value': 'Sæt værdi', 'Start date and time': 'Første tidspunkt', 'Start date': 'Første dato', 'Start time': 'Første klokkeslæt', 'Start value': 'Første værdi',
  'String value': 'Tekst', 'Strings must be in double quotes': 'Tekst skal stå i anførselstegn', 'Test type': 'Prøve', 'Then': 'Så', 'Time value': 'Klokkeslæt', 'Time': 'Klokkeslæt', 'Type': 'Slags', 'Use now': 'Nu', 'Use today': 'I dag',
  'Value': 'Værdi', 'Values': 'Værdier', 'Variable name': 'Navn', 'Variable name:': 'Navn:', 'Variable type': 'Slags', 'Variable type:': 'Slags:', 'View DRD': 'Vis sammenhæng', 'When': 'Når', 'Yes': 'Ja',
  'e.g. { example } ': 'fx { example } ', 'e.g. { sample }': 'fx { sample }', 'name': 'navn', 'Unique': 'Kun én', 'First': 'Den første', 'Any': 'Ens', 'Rule order': 'Alle i rækkefølge', 'Collect': 'Alle',
  'Collect (Sum)': 'Sum', 'Collect (Min)': 'Mindste', 'Collect (Max)': 'Største', 'Collect (Count)': 'Antal', 'Priority': 'Vigtigste', 'Output order': 'Alle efter vigtighed',
  'No overlap is possible and all rules are disjoint. Only a single rule can be matched': 'Højst én række må passe.', 'No overlap possible. Only a single rule can be matched.': 'Højst én række må passe.', 'Rules may overlap. The first matching rule will be chosen.': 'Flere rækker må passe. Den første vælges.',
  'Rules may overlap. All rules found that match have to have the same output.': 'Flere rækker må passe, når svaret er det samme.', 'Aggregation': 'Sammenlæg',
  'Collects the values of all matching rules': 'Svaret er en liste med alle rækker, der passer.', 'Collects the values of all matching rules in rule order': 'Svaret er en liste i rækkernes rækkefølge.',
  'string': 'tekst', 'boolean': 'ja/nej', 'number': 'tal', 'date': 'dato', 'time': 'klokkeslæt', 'dateTime': 'dato og klokkeslæt', 'dayTimeDuration': 'dage og timer', 'yearMonthDuration': 'år og måneder',
  'equals': 'er', 'less': 'mindre end', 'less or equals': 'højst', 'greater': 'større end', 'greater or equals': 'mindst', 'include': 'med', 'exclude': 'ikke med',
};

/** Words of the editor that had no Danish, for whoever looks. */
export const missed = new Set();

function translate(word, facts = {}) {
  if (!(word in WORDS)) missed.add(word);
  return (WORDS[word] ?? word).replace(/{ ?([^} ]+) ?}/g, (_, name) => facts[name] ?? `{${name}}`);
}

/** A word in the page's language. */
export const word = english => document.documentElement.lang === 'da' ? translate(english) : english;

export default { translate: [ 'value', translate ] };
