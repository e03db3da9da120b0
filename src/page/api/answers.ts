// The answers of the REST API of ES, derived from the schemas of its OpenAPI document. Counts are numbers of users, days
// are UTC days.
import type { AnswerSchemas } from '../../es/rest/answer-schemas.js';
import type { ValueOf } from '../../http/openapi/schema.js';

type Answer<Name extends keyof AnswerSchemas> = ValueOf<AnswerSchemas[Name], AnswerSchemas>;

export type Interval = Answer<'Interval'>;

export type ListedSegment = Answer<'ListedSegment'>;

/** A listed segment without details. */
export type ListedCount = Pick<ListedSegment, 'segment' | 'user_count' | 'last_active'>;

/** @typeParam Listed without details, ListedCount */
export type SegmentPage<Listed = ListedSegment> = Omit<Answer<'SegmentPage'>, 'segments'> & {
  segments: Listed[];
};

export type Users = Answer<'UserEstimate'>;

export type SharedUsers = Answer<'SharedUserEstimate'>;

export type SegmentEstimate = Answer<'SegmentEstimate'>;

export type SegmentHistory = Answer<'SegmentHistory'>;

export type HistoryDay = SegmentHistory['history'][number];

export type OverlapPair = Answer<'OverlapPair'>;

export type Overlap = Answer<'Overlap'>;
