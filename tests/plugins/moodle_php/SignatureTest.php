<?php

use local_bangkom\signature;
use PHPUnit\Framework\TestCase;

final class SignatureTest extends TestCase
{
    public function testACallIsSignedAsTheOtherSideExpects(): void
    {
        $case = json_decode(file_get_contents(golden('signature.json')), true, 512, JSON_THROW_ON_ERROR);
        $made = signature::of($case['secret'], $case['method'], $case['path'], $case['timestamp'], $case['body']);
        self::assertSame($case['signature'], $made);
    }
}
