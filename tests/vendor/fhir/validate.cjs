// Validates FHIR bundles with Medplum's R4 validator: one path of a JSON file in, one JSON list of errors out.
// Every resource is held to its definition, each vital sign also to its profile, codes to their lists, references to the bundle.
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const medplum = require('./medplum-core.cjs');

const known = JSON.parse(zlib.gunzipSync(fs.readFileSync(path.join(__dirname, 'definitions.json.gz'))));
medplum.indexStructureDefinitionBundle(known.bundle);
const definitions = Object.fromEntries(known.bundle.entry.map((one) => [one.resource.id, one.resource]));
const PROFILES = { '85354-9': 'bp', '8867-4': 'heartrate', '9279-1': 'resprate', '2708-6': 'oxygensat', '29463-7': 'bodyweight' };

function structureErrors(resource, profile) {
  try {
    medplum.validateResource(resource, profile ? { profile: definitions[profile] } : undefined);
    return [];
  } catch (error) {
    if (!error.outcome) throw error;
    const found = error.outcome.issue.filter((one) => one.severity === 'error' || one.severity === 'fatal');
    return found.map((one) => `${profile ?? resource.resourceType}: ${one.details.text} at ${one.expression}`);
  }
}

// Medplum does not look at what a profile fixes within a value (`value[x].code` is `mm[Hg]`): the same, by hand.
function* unitErrors(resource, profile) {
  for (const element of definitions[profile].snapshot.element) {
    const fixed = element.fixedCode ?? element.fixedUri;
    const [, slice, key] = /^Observation(?:\.component:(\w+))?\.value\[x\](?::\w+)?\.(code|system)$/.exec(element.id) ?? [];
    if (fixed === undefined || key === undefined) continue;
    const wanted = slice && definitions[profile].snapshot.element.find((one) => one.id === `Observation.component:${slice}.code`);
    const code = wanted?.patternCodeableConcept.coding[0].code;
    const parts = slice ? (resource.component ?? []).filter((one) => one.code.coding?.some((its) => its.code === code)) : [resource];
    for (const part of parts) {
      if (part.valueQuantity && part.valueQuantity[key] !== fixed) yield `${profile}: ${element.id} is ${fixed}, not ${part.valueQuantity[key]}`;
    }
  }
}

function profilesOf(resource) {
  if (resource.resourceType !== 'Observation') return [];
  const codings = resource.code?.coding ?? [];
  const named = codings.filter((one) => one.system === 'http://loinc.org').map((one) => PROFILES[one.code]).filter(Boolean);
  const isVital = (resource.category ?? []).some((one) => (one.coding ?? []).some((code) => code.code === 'vital-signs'));
  return [...new Set(isVital ? ['vitalsigns', ...named] : named)];
}

function* codeErrors(value, where) {
  if (Array.isArray(value)) {
    for (const one of value) yield* codeErrors(one, where);
  } else if (value && typeof value === 'object') {
    const system = known.systems[value.system];
    if (system && !(value.code in system)) yield `${where}: ${value.code} is no code of ${value.system}`;
    if (system && value.display !== undefined && value.code in system && system[value.code] !== value.display) {
      yield `${where}: ${value.code} of ${value.system} is ${system[value.code]}, not ${value.display}`;
    }
    if (!system && /^http:\/\/(terminology\.)?hl7\.org\//.test(value.system ?? '')) yield `${where}: ${value.system} is not known here`;
    for (const [key, one] of Object.entries(value)) yield* codeErrors(one, `${where}.${key}`);
  } else {
    const allowed = known.codes[where.toLowerCase()];
    if (allowed && !allowed.includes(value)) yield `${where}: ${value} is none of ${allowed}`;
  }
}

function* referenceErrors(value, addresses, where) {
  if (!value || typeof value !== 'object') return;
  if (typeof value.reference === 'string' && !addresses.has(value.reference)) yield `${where}: ${value.reference} is not in the bundle`;
  for (const [key, one] of Object.entries(value)) yield* referenceErrors(one, addresses, `${where}.${key}`);
}

function* errorsOf(bundle) {
  yield* structureErrors(bundle);
  yield* codeErrors({ type: bundle.type }, 'Bundle');
  const addresses = new Set(bundle.entry.map((one) => one.fullUrl));
  if (addresses.size !== bundle.entry.length) yield 'Bundle: two entries have the same address';
  for (const { fullUrl, resource } of bundle.entry) {
    if (fullUrl !== `urn:uuid:${resource.id}`) yield `Bundle: ${fullUrl} holds ${resource.id}`;
    yield* structureErrors(resource);
    for (const profile of profilesOf(resource)) {
      yield* structureErrors(resource, profile);
      yield* unitErrors(resource, profile);
    }
    yield* codeErrors(resource, resource.resourceType);
    yield* referenceErrors(resource, addresses, resource.resourceType);
  }
}

const bundles = JSON.parse(fs.readFileSync(process.argv[2], 'utf-8'));
process.stdout.write(JSON.stringify(bundles.map((bundle) => [...errorsOf(bundle)])));
