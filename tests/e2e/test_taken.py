"""Names that are taken already, by what an earlier stack kept: the error says how it is imported, and that
works. Another stack looks it up by its name."""
from __future__ import annotations

import pytest
from conftest import Drplan, Emulator, Json, res, stack

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
NAMED: dict[str, Json] = {
    "TableName": res("AWS::DynamoDB::Table", TableName="taken", BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
                     KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}]),
    "LogGroupName": res("AWS::Logs::LogGroup", LogGroupName="taken"),
    "RoleName": res("AWS::IAM::Role", RoleName="taken", AssumeRolePolicyDocument=TRUST),
    "BackupVaultName": res("AWS::Backup::BackupVault", BackupVaultName="taken"),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_name_that_was_kept(name: str, drplan: Drplan, aws: Emulator) -> None:
    drplan.write("stack.yaml", stack(X=NAMED[name] | {"DeletionPolicy": "Retain"}))
    drplan.apply()
    ident = drplan.ids()["X"]
    drplan.destroy()
    got = drplan.apply(code=1)
    assert f"`drplan import X '{ident}'`" in got.err, got.text
    drplan.run("import", "X", ident)
    drplan.apply()
    drplan.clean()
    assert [r["id"] for r in drplan.state().values()] == [ident]
    drplan.write("other/stack.yaml", {"Lookups": {"L": {"Type": NAMED[name]["Type"], "Match": {name: "taken"}}}}
                 | stack(F=res("DR::Local::File", Path="id.txt", Content={"Ref": "L"})))
    assert ident in drplan.run("plan", "other/stack.yaml").out
    drplan.write("other/stack.yaml", {"Lookups": {"L": {"Type": NAMED[name]["Type"], "Match": {name: "free"}}}}
                 | stack(F=res("DR::Local::File", Path="id.txt", Content={"Ref": "L"})))
    assert "L" in drplan.run("plan", "other/stack.yaml", code=1).err
