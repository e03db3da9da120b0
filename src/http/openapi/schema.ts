// This file imports nothing, so that the page can derive its types from schemas without knowing the services.

/** A reference to a schema of the document. */
export function ref<const Name extends string>(name: Name) {
  return { $ref: `#/components/schemas/${name}` } as const;
}

/**
 * An object with exactly these members.
 *
 * @param optional the members that may be left out. @default none
 */
export function object<
  const Properties extends Readonly<Record<string, object>>,
  Optional extends keyof Properties & string = never,
>(properties: Properties, optional: readonly Optional[] = []) {
  const names = Object.keys(properties) as (keyof Properties & string)[];
  const isRequired = (name: string): name is Exclude<keyof Properties & string, Optional> =>
    !optional.some((other) => other === name);
  return {
    type: 'object',
    required: names.filter(isRequired),
    properties,
    additionalProperties: false,
  } as const;
}

/** The rule for user ids, as text. */
export const NAME_RULE = '1 to 256 bytes of UTF-8, without control characters or lone surrogates.';

/** The rule for segments, as text. */
export const SEGMENT_RULE = `${NAME_RULE} Neither \`.\` nor \`..\`, which clients take out of paths.`;

/** A segment, or a name with another rule. */
export function name(description: string, example: string, rule = SEGMENT_RULE) {
  return {
    type: 'string',
    minLength: 1,
    maxLength: 256,
    description: `${description} ${rule}`,
    examples: [example],
  };
}

/** The count of one segment among others. */
export const countOfSome = {
  type: ['integer', 'null'],
  minimum: 0,
  description: 'Null where the data of this segment are damaged, so that it cannot be counted.',
} as const;

/**
 * The values that a schema describes, as a type.
 *
 * @typeParam Named the schemas that its references refer to
 */
export type ValueOf<Schema, Named> = Schema extends {
  $ref: `#/components/schemas/${infer Name extends keyof Named & string}`;
}
  ? ValueOf<Named[Name], Named>
  : Schema extends { const: infer Value }
    ? Value
    : Schema extends { properties: infer Properties; required: readonly (infer Required)[] }
      ? ObjectOf<Properties, Required, Named>
      : Schema extends { items: infer Item }
        ? ArrayOf<Schema, ValueOf<Item, Named>>
        : Schema extends { type: readonly (infer Type)[] }
          ? Primitive<Type>
          : Schema extends { type: infer Type }
            ? Primitive<Type>
            : never;

type ObjectOf<Properties, Required, Named> = {
  [Name in keyof Properties as Name extends Required ? Name : never]: ValueOf<
    Properties[Name],
    Named
  >;
} & {
  [Name in keyof Properties as Name extends Required ? never : Name]?: ValueOf<
    Properties[Name],
    Named
  >;
};

type ArrayOf<Schema, Item> = Schema extends { minItems: 2; maxItems: 2 } ? [Item, Item] : Item[];

interface Primitives {
  string: string;
  integer: number;
  number: number;
  boolean: boolean;
  null: null;
}

type Primitive<Type> = Type extends keyof Primitives ? Primitives[Type] : never;
