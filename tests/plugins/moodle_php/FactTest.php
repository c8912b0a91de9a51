<?php

use local_bangkom\fact;
use PHPUnit\Framework\TestCase;

final class FactTest extends TestCase
{
    public static function cases(): array
    {
        $cases = [];
        foreach (glob(golden('facts/*.json')) as $file) {
            $cases[basename($file, '.json')] = [json_decode(file_get_contents($file), true, 512, JSON_THROW_ON_ERROR)];
        }
        return $cases;
    }

    /** @dataProvider cases */
    public function testAnEventBecomesItsFact(array $case): void
    {
        self::assertSame($case['out'], fact::from($case['in']['event'], $case['in']['about']));
    }

    public function testEveryKindOfFactHasACase(): void
    {
        $said = [];
        foreach (self::cases() as [$case]) {
            $said[] = $case['out']['type'] ?? '';
        }
        $kinds = ['course_completed', 'module_opened', 'module_completed', 'quiz_attempted', 'feedback_submitted', 'enrolled',
            'removed', 'user_changed', 'course_changed'];
        self::assertSame([], array_diff(array_map(fn ($kind) => "lms.$kind", $kinds), $said));
    }

    public function testANumberWithASpaceInItIsNoNip(): void
    {
        $case = self::cases()['course_completed'][0]['in'];
        $case['about']['nip'] = '19870312 201001';
        self::assertNull(fact::from($case['event'], $case['about']));
    }

    public function testAScoreStaysBetweenNoneAndAHundred(): void
    {
        $case = self::cases()['quiz_attempted'][0]['in'];
        foreach ([[-5, 0], [104.2, 100], [49.5, 50]] as [$given, $said]) {
            $case['about']['score'] = $given;
            self::assertSame($said, fact::from($case['event'], $case['about'])['data']['score']);
        }
    }
}
